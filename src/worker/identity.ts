/** What a worker is called on the server. */
import { hostname } from 'node:os';

const LONGEST_REASON = 200;

export const identity = (): string => `${process.pid}@${hostname()}`;
/** That of a worker that takes no trainings, with the reason, which `npm run status` shows. */
export const brokenIdentity = (reason: string): string => `${identity()}: ${reason.slice(0, LONGEST_REASON)}`;
