/** The whole matrix. */
import type { Fault } from './fault.ts';
import { ADVISER } from './kinds/adviser.ts';
import { BUDGETS } from './kinds/budgets.ts';
import { DATA } from './kinds/data.ts';
import { DISK, LEFT_OUT_DISK } from './kinds/disk.ts';
import { HOSTS, LEFT_OUT_HOSTS } from './kinds/hosts.ts';
import { BETWEEN, KILLS } from './kinds/killing.ts';
import { LEFT_OUT_STORES, STORES } from './kinds/store.ts';
import { TOGETHER } from './kinds/together.ts';
import { TRAINER } from './kinds/trainer.ts';
import { UPGRADE } from './kinds/upgrade.ts';

export const FAULTS: readonly Fault[] = [
  ...KILLS,
  ...BETWEEN,
  ...TRAINER,
  ...ADVISER,
  ...BUDGETS,
  ...TOGETHER,
  ...UPGRADE,
  ...DATA,
  ...HOSTS,
  ...STORES,
  ...DISK,
];

/** What this machine cannot play, and why. */
export const LEFT_OUT: readonly string[] = [...LEFT_OUT_HOSTS, ...LEFT_OUT_STORES, ...LEFT_OUT_DISK];
