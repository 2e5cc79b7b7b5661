/** The whole matrix. */
import type { Fault } from './fault.ts';
import { ADVISER } from './kinds/adviser.ts';
import { BETWEEN, KILLS } from './kinds/killing.ts';
import { TRAINER } from './kinds/trainer.ts';

export const FAULTS: readonly Fault[] = [...KILLS, ...BETWEEN, ...TRAINER, ...ADVISER];
