/**
 * Which release's rules an execution keeps.
 *
 * A run that waits at a question may be carried on by a later release. Its history must replay command by command, so it
 * keeps the rules of the release that began this execution until it continues as new.
 */
import { patched } from '@temporalio/workflow';

/** 1 = 0.1.0, 2 = 0.2.0, 3 = 0.3.0, 4 = 0.4.0, 5 = 0.5.0, 6 = 0.6.0, 7 = 0.7.0. Newer rules are asked for as `release >= 3`. */
export type Release = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Must be asked once, at the start of an execution: handlers must not call `patched`. */
export function releaseOfExecution(): Release {
  if (patched('rules-of-0.7')) return 7;
  if (patched('rules-of-0.6')) return 6;
  if (patched('rules-of-0.5')) return 5;
  if (patched('rules-of-0.4')) return 4;
  if (patched('rules-of-0.3')) return 3;
  return patched('values-at-parameter-gates') ? 2 : 1;
}

/** Which decisions an execution takes. */
export const rulesOfDecisions = (
  release: Release,
): { atParameterGates: boolean; perKey: boolean; anyKey: boolean } => ({
  atParameterGates: release >= 2,
  perKey: release >= 3,
  anyKey: release >= 4,
});
