/** Going on from an earlier trial of a run with other settings: what may be changed, and which trials are taken over. */
import { inheritingRun, refuseTrials } from './forkedState.ts';
import { wholeConfig } from './runState.ts';
import type { RunState } from './runState.ts';
import { said } from './said.ts';
import { PROTECTED_KEYS } from './searchSpace.ts';
import type { TuningConfig } from './settings.ts';
import { canonicalJson } from './trialIdentity.ts';
import type { Trial } from './trials.ts';
import { isScored, ofSearch } from './trials.ts';

/** Keys of DEFAULT_CONFIG that change nothing that was measured. */
const FREE: ReadonlySet<string> = new Set([
  'LOGGING_STEPS',
  'SAVE_STRATEGY',
  'SAVE_STEPS',
  'SAVE_TOTAL_LIMIT',
  'RUN_NAME_PREFIX',
  'STORE',
]);

export interface ForkWish {
  /** Number of the last trial that is taken over. */
  at: number;
  config: TuningConfig;
  run: string;
  /** Unix milliseconds. */
  startedAt: number;
}

/**
 * The state of a run that goes on after trial `at` of another one.
 *
 * Trials that belong to `at` come with it, since the answer that they give had not been waited for: seeds that measure
 * the noise of the default, and repeats that decide whether a challenger replaces the best. Confirmations and
 * trainings on a share of the rows stay behind.
 */
export function forkRun(
  parent: RunState,
  wish: ForkWish,
): { state: RunState; problems: [] } | { state: null; problems: string[] } {
  const changed = refuseChanges(wholeConfig(parent), wish.config);
  if (changed.length > 0) return { state: null, problems: changed };
  const { trials: missing } = parent.archived;
  if (missing > 0)
    return {
      state: null,
      problems: [
        said`${missing} earlier trainings of ${parent.run} are archived on another machine: make the fork there`,
      ],
    };
  const last = parent.trials.at(-1)?.number ?? 0;
  if (!parent.trials.some(({ number, purpose }) => number === wish.at && ofSearch({ purpose })))
    return { state: null, problems: [refuseNumber(parent, wish.at, last)] };
  const trials = takenOver(parent, wish.at);
  const state = inheritingRun(wish.run, wish.config, wish.startedAt, {
    forkedFrom: { run: parent.run, at: trials.at(-1)!.number },
    trainer: parent.trainer!,
    plan: parent.plan,
    trials,
    untouched: parent.untouched,
    noise: parent.noise,
  });
  const problems = refuseTrials(state);
  return problems.length > 0 ? { state: null, problems } : { state, problems: [] };
}

function refuseNumber(parent: RunState, at: number, last: number): string {
  if (last === 0) return said`${parent.run} has no trial to go on from`;
  const of = parent.trials.find(({ number }) => number === at);
  const found = of
    ? said`is ${of.purpose === 'opening' ? said`a training on a share of the rows` : said`a confirmation`}, which no run goes on from`
    : said`is not there: ${parent.run} has trials 1 to ${last}`;
  return said`--at ${at}: that trial ${found}`;
}

function takenOver(parent: RunState, at: number): Trial[] {
  const candidates = parent.trials.filter(ofSearch);
  const next = candidates.findIndex(
    ({ number, purpose }) => number > at && purpose !== 'noise' && purpose !== 'repeat',
  );
  const kept = candidates.slice(0, next === -1 ? undefined : next);
  const dropped = candidates.slice(kept.length);
  return kept.map((trial) => ({
    ...trial,
    accepted: trial.accepted && !isUndecided(trial, dropped),
    result: trial.result && { ...trial.result, from: trial.result.from ?? parent.run, trainSeconds: 0 },
  }));
}

/** Whether a challenger was accepted by repeats that are not taken over. */
function isUndecided(trial: Trial, dropped: readonly Trial[]): boolean {
  const same = canonicalJson(trial.values);
  return (
    trial.purpose !== 'baseline' &&
    dropped.some(
      (later) =>
        later.purpose === 'repeat' &&
        later.proposedBy === 'agent' &&
        isScored(later) &&
        canonicalJson(later.values) === same,
    )
  );
}

/** Settings that the trials were measured under, a line each. */
function refuseChanges(before: TuningConfig, after: TuningConfig): string[] {
  const [had, wants] = [before.DEFAULT_CONFIG, after.DEFAULT_CONFIG] as unknown as Record<string, unknown>[];
  const fixed = Object.keys(wants!)
    .filter((key) => !FREE.has(key) && canonicalJson(had![key]) !== canonicalJson(wants![key]))
    .map((key) => said`${key} cannot be changed in a fork: ${reasonFor(key)}`);
  const [slots, wanted] = [before, after].map(({ AGENT_SETTINGS }) => AGENT_SETTINGS.TRAINING_SLOTS);
  return slots === wanted
    ? fixed
    : [
        ...fixed,
        said`TRAINING_SLOTS cannot be changed in a fork: the threads of a training follow from it, and scores from them`,
      ];
}

function reasonFor(key: string): string {
  if (key === 'OUTPUT_DIR_ROOT') return said`the trials that it takes over lie there`;
  return PROTECTED_KEYS[key] ?? said`the default that was trained has it; a value to try belongs to TUNABLE_KEYS`;
}
