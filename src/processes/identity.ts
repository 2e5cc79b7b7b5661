/** Telling one process from another that got the same pid later: the names of identity.mjs, and their type. */
export { end, identityOf, isAlive } from './identity.mjs';

/**
 * A process, for ever: pid alone is reused. `startTicks` is what the system says of its start; `bootId` changes with a
 * reboot.
 */
export interface ProcessIdentity {
  pid: number;
  startTicks: string;
  bootId: string;
  host: string;
}
