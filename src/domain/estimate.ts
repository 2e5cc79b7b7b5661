/**
 * What a run will still take: trainings, seconds and money, each with a range; from the timed mini-training at its start,
 * and from what was measured since.
 *
 * The constants come from runs of the real story on this trainer's own table (`npm run bench:estimate`, docs/benchmarks.md).
 */
import type { Estimate, Range } from './estimated.ts';
import type { ParameterValue } from './parameterSpace.ts';
import { NOTHING, added, exactly, plus, sum, times } from './ranges.ts';
import type { RunState } from './runState.ts';
import { explored, mixError, stations } from './searchCost.ts';
import { slotsOf } from './slots.ts';
import { heldOutSeconds, measuredCost, trainingSeconds } from './trainingCost.ts';
import type { Measured } from './trainingCost.ts';
import { trainingsAhead, tuningIsOver } from './trainingsAhead.ts';
import type { Ahead } from './trainingsAhead.ts';
import type { Values } from './trials.ts';
import { costOf } from './usage.ts';

/** Trainings side by side are decided in groups, and the shorter one of a group waits for the longer. */
const SLOTS_USED = 0.6;

/** The search stays at the base for about so many trainings before it is at the winner. */
const UNTIL_WINNER = 12;
/** Trainings that are ended early save so much of the pool's seconds. */
const PRUNED_SAVES = 0.03;

/** Relative half-width of the timing, at first and at the least. */
const TIMING_ERROR = { first: 0.18, least: 0.07 };
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

/** By how much trainings side by side are shorter than one after the other, where all of them are asked for at once. */
const groups = (count: number, slots: number): number => (count <= 0 ? 1 : count / Math.ceil(count / slots));

const defaultsOf = ({ config }: RunState): Values =>
  Object.fromEntries(
    Object.keys(config.TUNABLE_KEYS).map((key) => [
      key,
      (config.DEFAULT_CONFIG as unknown as Record<string, ParameterValue>)[key]!,
    ]),
  );

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
  const price = costOf(each, state.config.AGENT_SETTINGS);
  if (price === null) return null;
  const middle = questions.middle * price;
  return sum([times(questions, price)], [{ spread: QUESTIONS_ERROR * middle }]);
}
