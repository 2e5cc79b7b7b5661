/** Who proposed the rounds of a run, and what the language model did for it. */
import { influenceOf } from './influence.ts';
import { proposerRecords, recordsTogether } from './predictions.ts';
import type { ProposerRecord } from './predictions.ts';
import type { RunState } from './runState.ts';
import { unitOfScores } from './runTrials.ts';
import type { Trial } from './trials.ts';

/** Rounds by who proposed their value. */
export interface Advised {
  /** By the language model. */
  byModel: number;
  bySearch: number;
  /** Before 0.4.0. */
  byLocalOptimiser: number;
  byPerson: number;
  byEarlierRun: number;
  /** All of them. */
  rounds: number;
}

/** What the language model did for the run, and what it took: `n of m` rounds in how many seconds and requests. */
export interface LanguageModelShare {
  rounds: number;
  of: number;
  /** Seconds that the run waited for its answers. */
  waitedSeconds: number;
  /** Requests that were sent, those without a whole reply in time among them, and replies. */
  attempts: number;
  timeOuts: number;
  replies: number;
  /** Why it is not asked any more; null while it is. */
  closed: string | null;
  /** Its own steps (values of its own, repeats, the base configuration), and those that gained more than noise. */
  steps: number;
  gained: number;
  /** What came of everything that it proposed or chose, and how often its predictions held; null before the first. */
  record: ProposerRecord | null;
}

/** Who proposed the rounds that were trained, or answered from a known trial. */
export function advisedRounds({ trials, adviser, archived }: RunState): Advised {
  const rounds = trials.filter((trial) => trial.purpose === 'round');
  const by = (who: Trial['proposedBy']) =>
    (archived.rounds[who] ?? 0) + rounds.filter((trial) => trial.proposedBy === who).length;
  const byAdviser = by('adviser');
  const byModel = adviser?.kind === 'openai' ? byAdviser : 0;
  return {
    byModel,
    bySearch: by('search'),
    byLocalOptimiser: by('fallback') + byAdviser - byModel,
    byPerson: by('person'),
    byEarlierRun: by('earlier_run'),
    rounds: rounds.length + Object.values(archived.rounds).reduce((sum, count) => sum + count, 0),
  };
}

/** The language model's share in a run, for terminal, JSON and report; null for a run without one. */
export function languageModelShare(state: RunState): LanguageModelShare | null {
  const { adviser, usage, trials, archived } = state;
  if (adviser?.kind !== 'openai') return null;
  const { byModel, rounds } = advisedRounds(state);
  const { steps, gained } = influenceOf(trials, unitOfScores(state));
  return {
    rounds: byModel,
    of: rounds,
    waitedSeconds: usage.adviserSeconds,
    attempts: usage.attempts,
    timeOuts: usage.timeOuts,
    replies: usage.calls,
    closed: state.adviserClosed,
    steps: archived.steps + steps,
    gained: archived.gained + gained,
    record: recordsTogether(archived.records, proposerRecords(trials)).find(({ by }) => by === 'adviser') ?? null,
  };
}
