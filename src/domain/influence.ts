/**
 * How far a language model is followed: as far as its record goes, which is read from the trials alone.
 *
 * Choosing among candidates that the search model finds about as good as its own first one costs nothing as long as what
 * is chosen turns out as expected. Where it falls short again and again (Page's cumulative sum, 1954, of the shortfalls),
 * somebody picks the worst of what nobody knows yet: then the search model chooses alone for a while. Everything else that
 * it decides (a value of its own, a redirection, a repeat) is a step that may be lost: after one without a gain it only
 * chooses for a while. Both whiles double with each further time. The first step comes once it has shown that it knows
 * what to expect: most of what it predicted of its choices held. So a model that is always wrong steps at most
 * 1 + log2(1 + n/8) times in n trainings where it loses clearly, and 1 + log2(1 + n/4) where it changes nothing.
 */
import { coverageOf } from './predictions.ts';
import type { Candidate, Study } from './study.ts';
import type { Trial } from './trials.ts';
import { isScored } from './trials.ts';

/** Trainings after a lost step in which it only chooses; doubled for each further one. */
const PAUSE_AFTER_LOSS = 8;
const PAUSE_AFTER_NOTHING = 4;
/** Trainings that the search model chooses alone after choices that fell short; doubled for each further time. */
const PAUSE_OF_CHOICE = 16;
/** Shortfall of its choices, in half-widths of what was expected of them (95 %), from which it does not choose. */
const DOUBTED_FROM = 1;
/** Standard deviations of the first candidate that another one's upper confidence may lie below its. */
const MARGIN_SD = 0.5;
/** Standard deviations that are added to a mean for its upper confidence (evidence: UCB with 2). */
const UPPER_SD = 2;
/** Noise of a score where no configuration was trained twice, and the least that is believed of repeats that agree, in units of the scores (`scoreUnit`). */
const NOISE_GUESS = 0.01;
const NOISE_LEAST = 0.001;
/** Lost steps from which it is asked less often. */
const ASKED_LESS_AFTER = 2;

export interface Influence {
  /** Trainings for which it only chooses. */
  pause: number;
  /** Trainings for which it does not choose either, and how often that happened. */
  noChoice: number;
  misled: number;
  /** How far its choices fell short since, in half-widths of what was expected of them. */
  shortfall: number;
  /** Whether it may decide for itself: it does not pause, and half of its predictions held, one at least. */
  mayStep: boolean;
  /** Steps of its own in a row (nearly: a gain takes one back) that gained nothing. */
  lost: number;
  /** Steps of its own, and those that gained more than noise. */
  steps: number;
  gained: number;
  /** Whether the next question is worth its tokens: a bad record is asked for its choice at every 2nd, 4th, … training only. */
  worthAsking: boolean;
}

/** Whether a trial was the language model's own step: one that the search model would not have made. */
const isOwnStep = ({ proposedBy, origin, purpose }: Trial): boolean =>
  proposedBy === 'adviser' && (origin === 'own' || purpose === 'repeat' || purpose === 'base_config');

const OF_THE_POOL: ReadonlySet<Trial['purpose']> = new Set(['round', 'repeat', 'base_config']);

/**
 * What the record of a run so far allows its language model.
 *
 * @param unit - What its scores are measured in (`scoreUnit`).
 */
export function influenceOf(trials: readonly Trial[], unit = 1): Influence {
  const noise = noiseOf(trials, unit);
  const influence = { pause: 0, noChoice: 0, misled: 0, shortfall: 0, lost: 0, steps: 0, gained: 0 };
  for (const trial of trials) {
    if (!OF_THE_POOL.has(trial.purpose)) continue;
    if (isOwnStep(trial)) judge(trial, influence, noise);
    else {
      influence.pause = Math.max(0, influence.pause - 1);
      if (trial.proposedBy === 'adviser') judgeChoice(trial, influence, unit);
      else influence.noChoice = Math.max(0, influence.noChoice - 1);
    }
  }
  const { pause, lost, noChoice } = influence;
  const { inside, of } = coverageOf(trials, 'byAdviser');
  const every = lost < ASKED_LESS_AFTER ? 1 : 2 ** (lost - ASKED_LESS_AFTER + 1);
  const mayStep = pause === 0 && inside > 0 && 2 * inside >= of;
  return { ...influence, mayStep, worthAsking: mayStep || (noChoice === 0 && pause % every === 0) };
}

type Tally = Omit<Influence, 'worthAsking' | 'mayStep'>;

/** One training that it chose: how far what came lies below the middle of what the search model expected. */
function judgeChoice(trial: Trial, influence: Tally, unit: number): void {
  const expected = trial.predicted?.byModel;
  if (!expected) return;
  const half = Math.max((expected.high - expected.low) / 2, NOISE_LEAST * unit);
  const short = trial.result ? ((expected.low + expected.high) / 2 - trial.result.score) / half : DOUBTED_FROM;
  influence.shortfall = Math.max(0, influence.shortfall + short);
  if (influence.shortfall < DOUBTED_FROM) return;
  influence.noChoice = PAUSE_OF_CHOICE * 2 ** influence.misled;
  influence.misled += 1;
  influence.shortfall = 0;
}

function judge(trial: Trial, influence: Tally, noise: number): void {
  influence.steps += 1;
  // One standard deviation of a difference between two trainings.
  if (trial.accepted && (trial.delta ?? 0) > Math.SQRT2 * noise) {
    influence.gained += 1;
    influence.lost = Math.max(0, influence.lost - 1);
    influence.pause = 0;
    return;
  }
  const clearly = trial.failure !== null || (trial.delta ?? 0) < -2 * Math.SQRT2 * noise;
  influence.pause = (clearly ? PAUSE_AFTER_LOSS : PAUSE_AFTER_NOTHING) * 2 ** influence.lost;
  influence.lost += 1;
}

/** Seed-to-seed standard deviation, pooled over every configuration that was trained more than once. */
export function noiseOf(trials: readonly Trial[], unit = 1): number {
  const groups = new Map<string, number[]>();
  for (const trial of trials.filter(isScored).filter(({ share }) => share === undefined)) {
    const same = JSON.stringify(Object.entries(trial.values).sort(([a], [b]) => (a < b ? -1 : 1)));
    groups.set(same, [...(groups.get(same) ?? []), trial.result.score]);
  }
  let squares = 0;
  let freedom = 0;
  for (const scores of groups.values()) {
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    squares += scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
    freedom += scores.length - 1;
  }
  return freedom === 0 ? NOISE_GUESS * unit : Math.max(NOISE_LEAST * unit, Math.sqrt(squares / freedom));
}

const upper = ({ mean, sd }: Candidate): number => mean + UPPER_SD * sd;

/**
 * The candidates as they are shown: first those that it may always choose, of about the promise of the search model's
 * own first one; then the others.
 *
 * @param margin - Standard deviations of the first one that others may promise less and still be chosen; 0: none of them.
 * @param most - Candidates shown at most.
 */
export function candidatesFor(
  { next, shortlist }: Study,
  margin = MARGIN_SD,
  most = 12,
): { shown: Candidate[]; free: number } {
  const [first] = next;
  const all = [...next, ...shortlist.filter((one) => !next.some((other) => sameChange(one, other)))];
  if (!first) return { shown: all.slice(0, most), free: 0 };
  const limit = margin === 0 ? Infinity : upper(first) - margin * first.sd;
  const free = all.filter((one) => next.includes(one) || upper(one) >= limit).slice(0, most);
  const others = all.filter((one) => !free.includes(one));
  return { shown: [...free, ...others].slice(0, most), free: free.length };
}

const sameChange = (a: Candidate, b: Candidate): boolean => JSON.stringify(a.values) === JSON.stringify(b.values);
