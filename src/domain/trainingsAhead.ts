/** How many trainings a run still makes, by what they are for. Constants: see `estimate.ts`. */
import type { Range } from './estimated.ts';
import { costOf, sharesFrom } from './opening.ts';
import { poolOf, trainingsLeft } from './pool.ts';
import { NOTHING, plus, times } from './ranges.ts';
import type { RunState } from './runState.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { usualOrder } from './searchSpace.ts';
import { slotsOf } from './slots.ts';
import type { Trial } from './trials.ts';

/**
 * Trainings of the pool that a run uses with STOP_WHEN no_gain, for each planned key: two probes and now and then a repeat.
 * Of what the pool holds beyond, the share that is used. Several at once are decided on before the first of them is known.
 */
const USED_PER_KEY: Range = { low: 1.6, middle: 2, high: 3 };
const USED_BEYOND: Range = { low: 0, middle: 0.08, high: 0.5 };
const USED_AT_ONCE = 1.8;
/** A search that goes on longer than that is expected to go on by so many more. */
const ONE_MORE: Range = { low: 0, middle: 1, high: 3 };
/** With STOP_WHEN budget the pool is used up, unless every configuration has been measured. */
const USED_OF_BUDGET: Range = { low: 0.9, middle: 1, high: 1 };

/** Numbers of trainings; `pool`: of those that the pool counts. `opening`: what its trials are more than they count there. */
export interface Ahead {
  defaults: number;
  pool: Range;
  opening: number;
  confirmation: Range;
}

const BEFORE_TUNING: ReadonlySet<RunState['phase']> = new Set(['preparing', 'baseline']);
const BEFORE_END_OF_TUNING: ReadonlySet<RunState['phase']> = new Set(['preparing', 'baseline', 'planning', 'tuning']);

export function trainingsAhead(state: RunState): Ahead {
  const { NOISE_SEEDS, CONFIRM_SEEDS } = state.config.AGENT_SETTINGS;
  const count = (...purposes: string[]) => state.trials.filter(({ purpose }) => purposes.includes(purpose)).length;
  const tuning = BEFORE_END_OF_TUNING.has(state.phase) && state.endedEarly === null;
  const defaults = BEFORE_TUNING.has(state.phase) ? Math.max(0, 1 + NOISE_SEEDS - count('baseline', 'noise')) : 0;
  const confirms = (tuning || state.phase === 'confirming') && state.trainer!.inspection.data.splits.test !== null;
  const fresh = confirms ? Math.max(0, 2 * CONFIRM_SEEDS - count('confirmation')) : 0;
  const best = incumbentOf(state);
  const wonByDefault = best !== null && best.id === baselineOf(state)?.id;
  return {
    defaults,
    pool: tuning && state.searchEnd === null ? poolAhead(state) : NOTHING,
    opening: tuning && count('opening') === 0 && state.phase !== 'tuning' ? beyondPool(state) : 0,
    confirmation: {
      low: wonByDefault || best === null ? 0 : fresh,
      middle: wonByDefault && !tuning ? 0 : fresh,
      high: fresh,
    },
  };
}

function poolAhead(state: RunState): Range {
  const pool = poolOf(state.config);
  const left = trainingsLeft(state);
  const underWay = poolUnderWay(state);
  if (state.config.AGENT_SETTINGS.STOP_WHEN === 'budget') return plus(times(USED_OF_BUDGET, left), underWay);
  const keys = plannedKeys(state).length;
  const atOnce = slotsOf(state) > 1 ? USED_AT_ONCE : 0;
  const of = (bound: keyof Range): number => {
    const usual = USED_PER_KEY[bound] * keys;
    const used = usual + USED_BEYOND[bound] * Math.max(0, pool - usual) + atOnce;
    return underWay + Math.min(left, Math.max(used - state.spent, ONE_MORE[bound]));
  };
  return { low: of('low'), middle: of('middle'), high: of('high') };
}

/** Trainings that the pool counts already and that have not ended. */
function poolUnderWay(state: RunState): number {
  const ended = state.trials.filter(({ purpose }) => !OUTSIDE_POOL.has(purpose));
  const counted = ended.reduce((total, { share = 1 }) => total + share, state.archived.trials);
  return Math.min(slotsOf(state), Math.max(0, Math.round(state.spent - counted)));
}
const OUTSIDE_POOL: ReadonlySet<Trial['purpose']> = new Set(['baseline', 'noise', 'confirmation']);

/** Keys that the plan holds, or would hold if it were the usual one. */
export function plannedKeys({ plan, queue, config }: RunState): string[] {
  if (queue.length > 0) return queue;
  const most = config.AGENT_SETTINGS.MAX_PRIORITY_PARAMS;
  return plan?.priorityKeys ?? usualOrder(Object.keys(config.TUNABLE_KEYS)).slice(0, most);
}

/** Trainings of an opening on shares of the rows are more than they count in the pool. */
function beyondPool(state: RunState): number {
  const first = state.config.AGENT_SETTINGS.OPENING_SHARE;
  if (first === null) return 0;
  let field = 2 * plannedKeys(state).length;
  let beyond = 0;
  for (const share of sharesFrom(first)) {
    beyond += field + 1 - costOf(field, share);
    field = Math.ceil(field / 2);
  }
  return beyond;
}

/** Whether nothing is trained any more, but for a model that was lost. */
export const tuningIsOver = ({ phase, confirmation }: RunState): boolean =>
  confirmation !== null || !(BEFORE_END_OF_TUNING.has(phase) || phase === 'confirming');
