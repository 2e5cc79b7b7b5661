/**
 * What a run will still take: trainings, seconds and money, each with a range; from the timed mini-training at its start,
 * and from what was measured since.
 *
 * The constants come from runs of the real story on this trainer's own table (`npm run bench:estimate`, docs/benchmarks.md).
 */
import type { Estimate, Range } from './estimated.ts';
import { isShort, moreThan } from './shortTraining.ts';
import { baselineOf, currentValues, incumbentOf, poolOf, trainingsLeft } from './runState.ts';
import type { RunState } from './runState.ts';
import { usualOrder } from './searchSpace.ts';
import { slotsOf } from './slots.ts';
import type { ParameterSpace, ParameterValue } from './settings.ts';
import { costOf, sharesFrom } from './opening.ts';
import { heldOutSeconds, measuredCost, trainingSeconds } from './trainingCost.ts';
import type { Measured } from './trainingCost.ts';
import type { Trial, Values } from './trials.ts';
import { costOf as dollarsOf } from './usage.ts';

const NOTHING: Range = { low: 0, middle: 0, high: 0 };
const exactly = (value: number): Range => ({ low: value, middle: value, high: value });
const times = ({ low, middle, high }: Range, factor: number): Range => ({
  low: low * factor,
  middle: middle * factor,
  high: high * factor,
});

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

/** Trainings side by side are decided in groups, and the shorter one of a group waits for the longer. */
const SLOTS_USED = 0.6;

/** Keys by which a training takes longer in a way that is known. */
const COST_KEYS: ReadonlySet<string> = new Set([
  'NUM_TRAIN_EPOCHS',
  'TRAIN_BATCH_SIZE',
  'GRAD_ACC_STEPS',
  'HARD_NEGATIVES',
]);
/** Keys that change hardly anything about what a training takes. */
const FREE_KEYS: ReadonlySet<string> = new Set([
  'LEARNING_RATE',
  'WARMUP_RATIO',
  'WEIGHT_DECAY',
  'LR_SCHEDULER',
  'LOSS',
  'LOSS_SCALE',
  'OPTIMIZER',
  'POOLING',
  'LORA_ALPHA',
  'LORA_DROPOUT',
]);

/** How far the best configuration moves towards the most epochs that may be tried, where the default is short, and else. */
const WINNER_LONGER = { short: 0.75, usual: 0.3 };
/** The search stays at the base for about so many trainings before it is at the winner. */
const UNTIL_WINNER = 12;
/** Trainings that are ended early save so much of the pool's seconds. */
const PRUNED_SAVES = 0.03;

/** Relative half-widths of the ranges: of the timing, of what challengers cost, of keys whose cost nobody knows. */
const TIMING_ERROR = { first: 0.18, least: 0.07 };
const MIX_ERROR = 0.25;
const UNKNOWN_KEYS_ERROR = 0.6;

/** Seconds of a run beside its trainings: for each of them its decision and its record; the report; not what people take. */
export const BESIDE_TRAINING = 0.8;
export const AT_THE_END = 3;
/** Half-width of what is not a training, as a share of it. */
const BESIDE_ERROR = 0.5;

/** A question to a language model, as long as none was counted: tokens, and seconds until the reply. */
const QUESTION = { promptTokens: 1600, completionTokens: 300, seconds: { low: 2, middle: 5, high: 15 } };
/** Questions beside those about the next trainings: does it answer, the plan, the summary. */
const OTHER_QUESTIONS = 3;
const QUESTIONS_ERROR = 0.4;

/** The whole run, from what it has used and what is left; null while nothing tells what a training takes. */
export function wholeRun(state: RunState, secondsSoFar: number): Estimate | null {
  const left = whatIsLeft(state);
  if (!left) return null;
  const { usage } = state;
  const done = state.archived.trials + state.trials.length;
  return {
    seconds: plus(left.seconds, secondsSoFar),
    trainings: plus(left.trainings, done),
    usd: left.usd && plus(left.usd, usage.costUsd ?? 0),
  };
}

const plus = ({ low, middle, high }: Range, more: number): Range => ({
  low: low + more,
  middle: middle + more,
  high: high + more,
});

/** What is still to come; null while nothing tells what a training takes. */
export function whatIsLeft(state: RunState): Estimate | null {
  const measured = measuredCost(state);
  const seconds = trainingSeconds(state, measured);
  if (!seconds || !state.trainer) return null;
  const counts = trainingsAhead(state);
  const questions = questionsAhead(state, counts.pool);
  return {
    seconds: secondsAhead(state, { counts, seconds, measured, questions }),
    trainings: added([exactly(counts.defaults), counts.pool, exactly(counts.opening), counts.confirmation]),
    usd: dollarsAhead(state, questions),
  };
}

/** Numbers of trainings; `pool`: of those that the pool counts. `opening`: what its trials are more than they count there. */
interface Ahead {
  defaults: number;
  pool: Range;
  opening: number;
  confirmation: Range;
}

const BEFORE_TUNING: ReadonlySet<RunState['phase']> = new Set(['preparing', 'baseline']);
const BEFORE_END_OF_TUNING: ReadonlySet<RunState['phase']> = new Set(['preparing', 'baseline', 'planning', 'tuning']);

function trainingsAhead(state: RunState): Ahead {
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
function plannedKeys({ plan, queue, config }: RunState): string[] {
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

interface Known {
  counts: Ahead;
  seconds: (values: Values) => number;
  measured: Measured | null;
  questions: Range;
}

function secondsAhead(state: RunState, { counts, seconds, measured, questions }: Known): Range {
  const slots = slotsOf(state);
  const { base, winner } = stations(state, seconds);
  const [atDefault, atBase, atWinner] = [defaultsOf(state), base, winner].map((values) => seconds(values)) as [
    number,
    number,
    number,
  ];
  const { pool, confirmation } = counts;
  // The search moves from the base to the winner; before it ends, the trainings that it still makes cost something between.
  const moved = pool.middle / (pool.middle + UNTIL_WINNER);
  const challenger = atBase ** (1 - moved) * atWinner ** moved * explored(state, base, seconds);
  const pruned = state.config.AGENT_SETTINGS.PRUNING ? 1 - PRUNED_SAVES : 1;
  const ofPool = times(pool, (challenger * pruned) / Math.min(slots ** SLOTS_USED, Math.max(1, pool.middle)));
  const ofConfirmation = times(confirmation, (atDefault + atWinner) / 2 / groups(confirmation.middle, slots));
  const mix = { spread: mixError(state) * (ofPool.middle + ofConfirmation.middle / 2) };
  const trained = sum([
    exactly((counts.defaults * atDefault) / groups(counts.defaults, slots)),
    ofPool,
    ofConfirmation,
  ]);
  const timing = { spread: timingError(measured) * trained.middle };
  const models = tuningIsOver(state) ? 0 : 3 + confirmation.middle;
  const beside =
    BESIDE_TRAINING * (counts.defaults + pool.middle + confirmation.middle) +
    // Scored with the threads of all slots.
    (models * heldOutSeconds(state)) / slots ** SLOTS_USED +
    (state.phase === 'ended' ? 0 : AT_THE_END);
  return sum([trained, exactly(beside), asked(state, questions)], [mix, timing, { spread: BESIDE_ERROR * beside }]);
}

const tuningIsOver = ({ phase, confirmation }: RunState): boolean =>
  confirmation !== null || !(BEFORE_END_OF_TUNING.has(phase) || phase === 'confirming');

/** By how much trainings side by side are shorter than one after the other, where all of them are asked for at once. */
const groups = (count: number, slots: number): number => (count <= 0 ? 1 : count / Math.ceil(count / slots));

const defaultsOf = ({ config }: RunState): Values =>
  Object.fromEntries(
    Object.keys(config.TUNABLE_KEYS).map((key) => [
      key,
      (config.DEFAULT_CONFIG as unknown as Record<string, ParameterValue>)[key]!,
    ]),
  );

/** Where the search stands, or will stand after the plan's base configuration; and where it is likely to end. */
function stations(state: RunState, seconds: (values: Values) => number): { base: Values; winner: Values } {
  const { TUNABLE_KEYS: spaces } = state.config;
  const short = isShort(state.timing?.totalSteps ?? baselineOf(state)?.result.steps ?? null);
  const now = currentValues(state);
  const base = short && BEFORE_PLAN.has(state.phase) ? { ...now, ...moreThan(now, spaces) } : now;
  const epochs = spaces['NUM_TRAIN_EPOCHS'];
  if (!epochs || tuningIsOver(state) || state.phase === 'confirming') return { base, winner: base };
  const most = { ...base, NUM_TRAIN_EPOCHS: Math.max(...valuesOf(epochs).map(Number)) };
  const towards = WINNER_LONGER[short ? 'short' : 'usual'];
  const wanted = seconds(base) ** (1 - towards) * seconds(most) ** towards;
  // The number of epochs that takes as long as that.
  const [from, to] = [Number(base['NUM_TRAIN_EPOCHS']), most.NUM_TRAIN_EPOCHS];
  const share = to > from ? (wanted - seconds(base)) / (seconds(most) - seconds(base)) : 0;
  return { base, winner: { ...base, NUM_TRAIN_EPOCHS: from + share * Math.max(0, to - from) } };
}

const BEFORE_PLAN: ReadonlySet<RunState['phase']> = new Set(['preparing', 'baseline', 'planning']);

/** What trainings that change one of the planned keys cost beside the base, on average over keys and their values. */
function explored(state: RunState, base: Values, seconds: (values: Values) => number): number {
  const keys = plannedKeys(state);
  const at = seconds(base);
  const ratios = keys.map((key) => {
    if (!COST_KEYS.has(key)) return 1;
    const others = valuesOf(state.config.TUNABLE_KEYS[key]!).filter((value) => value !== base[key]);
    if (others.length === 0) return 1;
    return others.reduce<number>((total, value) => total + seconds({ ...base, [key]: value }), 0) / others.length / at;
  });
  return ratios.length === 0 ? 1 : ratios.reduce((total, ratio) => total + ratio, 0) / ratios.length;
}

const STEPS_OF_RANGE = 4;
/** Values of a space: its choices, or some spread over its range. */
function valuesOf({ choices, min, max, type, scale }: ParameterSpace): ParameterValue[] {
  if (choices) return choices;
  const at = (share: number) => (scale === 'log' ? min! * (max! / min!) ** share : min! + share * (max! - min!));
  const values = Array.from({ length: STEPS_OF_RANGE + 1 }, (_, step) => at(step / STEPS_OF_RANGE));
  return type === 'int' ? [...new Set(values.map(Math.round))] : values;
}

function mixError({ config }: RunState): number {
  const unknown = Object.keys(config.TUNABLE_KEYS).some((key) => !COST_KEYS.has(key) && !FREE_KEYS.has(key));
  return unknown ? UNKNOWN_KEYS_ERROR : MIX_ERROR;
}

/** Each training that was measured says what the machine makes of one; other work on it changes that from hour to hour. */
const timingError = (measured: Measured | null): number =>
  Math.max(TIMING_ERROR.least, TIMING_ERROR.first / Math.sqrt(1 + (measured?.trainings ?? 0)));

/** Whether a language model is asked about the next trainings. */
const isAdvised = ({ adviser, adviserClosed, config }: RunState): boolean =>
  adviser?.kind === 'openai' && adviserClosed === null && config.AGENT_SETTINGS.ADVISER !== 'local';

function questionsAhead(state: RunState, pool: Range): Range {
  if (!isAdvised(state)) return NOTHING;
  const asked = state.usage.calls;
  const others = Math.max(0, OTHER_QUESTIONS - asked);
  return plus(
    times(pool, 1 / slotsOf(state)),
    state.phase === 'ended' ? 0 : Math.max(others, tuningIsOver(state) ? 0 : 1),
  );
}

/** Seconds that the run waits for the language model. */
function asked({ usage }: RunState, questions: Range): Range {
  const each = usage.calls > 0 ? exactly(usage.adviserSeconds / usage.calls) : QUESTION.seconds;
  return {
    low: questions.low * each.low,
    middle: questions.middle * each.middle,
    high: questions.high * each.high,
  };
}

function dollarsAhead(state: RunState, questions: Range): Range | null {
  if (!isAdvised(state)) return null;
  const { usage } = state;
  // The first question is a tiny one: does it answer?
  const each =
    usage.calls > 2
      ? { promptTokens: usage.promptTokens / usage.calls, completionTokens: usage.completionTokens / usage.calls }
      : QUESTION;
  const price = dollarsOf(each, state.config.AGENT_SETTINGS);
  if (price === null) return null;
  const middle = questions.middle * price;
  return sum([times(questions, price)], [{ spread: QUESTIONS_ERROR * middle }]);
}

/** The sum with its bounds: all parts at their least, or at their most. */
const added = (parts: readonly Range[]): Range =>
  parts.reduce((total, { low, middle, high }) => ({
    low: total.low + low,
    middle: total.middle + middle,
    high: total.high + high,
  }));

/**
 * The sum of parts that vary independently: middles add up, deviations add up as squares do.
 *
 * @param spreads - Further deviations, in both directions.
 */
function sum(parts: readonly Range[], spreads: readonly { spread: number }[] = []): Range {
  const middle = parts.reduce((total, part) => total + part.middle, 0);
  const deviation = (of: (part: Range) => number) =>
    Math.hypot(...parts.map(of), ...spreads.map(({ spread }) => spread));
  return {
    low: Math.max(0, middle - deviation((part) => part.middle - part.low)),
    middle,
    high: middle + deviation((part) => part.high - part.middle),
  };
}
