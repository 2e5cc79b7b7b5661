/**
 * What a long run keeps at hand, and what it puts away: its state, the questions made from it and the work of its rules
 * stay as large as they are after some hundred trainings, however many there are.
 *
 * Put away is what the rules need least: trainings that are neither among the newest nor among the best, and old words.
 * They lie in the run's archive (`training/archiveFile.ts`), where the search model, the report and the run's record find
 * them; the state keeps what is counted of them, and their ids (19 bytes each): what was measured is not asked for again.
 */
import { influenceOf } from './influence.ts';
import { NOTHING_ARCHIVED } from './archived.ts';
import { coverageOf, proposerRecords, recordsTogether, together } from './predictions.ts';
import type { DecisionRecord, Refusal, RunState } from './runState.ts';
import { unitOfScores } from './runTrials.ts';
import { canonicalJson } from './trialIdentity.ts';
import { isScored, ofSearch } from './trials.ts';
import type { Trial } from './trials.ts';

/** Trainings in the state from which some are put away, and how many of the newest, best and accepted ones stay. */
const MOST_TRIALS = 120;
const NEWEST_KEPT = 40;
const BEST_KEPT = 40;
const ACCEPTED_KEPT = 10;
/** The same for notes, decisions and refusals. */
const MOST_WORDS = 100;
const WORDS_KEPT = 50;

/** What is to be put away now: trials by number, and how many of the oldest words. */
export interface Away {
  trials: number[];
  notes: number;
  decisions: number;
  refusals: number;
}

/** What a run has in its archive; words in their order from the first one on. */
export interface Archive {
  trials: Trial[];
  notes: string[];
  decisions: DecisionRecord[];
  refusals: Refusal[];
}
type Words = 'notes' | 'decisions' | 'refusals';
const WORDS: readonly Words[] = ['notes', 'decisions', 'refusals'];

/** The number that the next training of a run has: a fork may have left some out. The newest ones are always at hand. */
export const nextNumber = ({ trials, archived }: RunState): number =>
  Math.max(archived.trials + trials.length, ...trials.map(({ number }) => number)) + 1;

/** What a run may put away; null while it has little. */
export function whatToPutAway(state: RunState): Away | null {
  const oldest = (words: readonly unknown[]) => (words.length > MOST_WORDS ? words.length - WORDS_KEPT : 0);
  const away: Away = {
    trials: leastTelling(state).map(({ number }) => number),
    notes: oldest(state.notes),
    decisions: oldest(state.decisions),
    refusals: oldest(state.refusals),
  };
  return away.trials.length + away.notes + away.decisions + away.refusals > 0 ? away : null;
}

/**
 * Rounds that are neither new nor good, once there are many. All seeds of a configuration go or stay together: who is
 * ahead is told by the seeds that two have in common.
 */
function leastTelling({ trials, baseline, incumbent }: RunState): Trial[] {
  if (trials.length <= MOST_TRIALS) return [];
  const best = trials
    .filter(ofSearch)
    .filter(isScored)
    .sort((a, b) => b.result.score - a.result.score)
    .slice(0, BEST_KEPT);
  const stay = [
    ...trials.filter(({ id, purpose }) => id === baseline || id === incumbent || !OF_ROUNDS.has(purpose)),
    ...trials.slice(-NEWEST_KEPT),
    ...trials.filter(({ accepted }) => accepted).slice(-ACCEPTED_KEPT),
    ...best,
  ];
  const configurations = new Set(stay.map(({ values }) => canonicalJson(values)));
  return trials.filter(({ values }) => !configurations.has(canonicalJson(values)));
}

const OF_ROUNDS: ReadonlySet<Trial['purpose']> = new Set(['round', 'repeat']);

/** What is put away, from the state that still has it. */
export function takenFrom(state: RunState, away: Away): Archive {
  const numbers = new Set(away.trials);
  return {
    trials: state.trials.filter(({ number }) => numbers.has(number)),
    notes: state.notes.slice(0, away.notes),
    decisions: state.decisions.slice(0, away.decisions),
    refusals: state.refusals.slice(0, away.refusals),
  };
}

/** Forgets what lies in the archive by now, and counts it. */
export function putAway(state: RunState, away: Away): void {
  const { trials } = takenFrom(state, away);
  const numbers = new Set(away.trials);
  const kept = state.trials.filter(({ number }) => !numbers.has(number));
  const before = state.archived;
  const unit = unitOfScores(state);
  const [all, rest] = [influenceOf(state.trials, unit), influenceOf(kept, unit)];
  const rounds = { ...before.rounds };
  for (const { purpose, proposedBy } of trials)
    if (purpose === 'round') rounds[proposedBy] = (rounds[proposedBy] ?? 0) + 1;
  state.archived = {
    trials: before.trials + trials.length,
    failed: before.failed + trials.filter(({ failure }) => failure && failure.kind !== 'pruned').length,
    pruned: before.pruned + trials.filter(({ failure }) => failure?.kind === 'pruned').length,
    reused: before.reused + trials.filter(({ result }) => result?.from).length,
    ids: [...before.ids, ...trials.map(({ id }) => id)],
    rounds,
    records: recordsTogether(before.records, proposerRecords(trials)),
    steps: before.steps + all.steps - rest.steps,
    gained: before.gained + all.gained - rest.gained,
    predictions: {
      byModel: together(before.predictions.byModel, coverageOf(trials, 'byModel')),
      byAdviser: together(before.predictions.byAdviser, coverageOf(trials, 'byAdviser')),
    },
    seed: Math.max(before.seed, ...trials.map(({ seed }) => seed)),
    places: [...new Set([...before.places, ...trials.flatMap(({ result }) => result?.at ?? [])])],
    notes: before.notes + away.notes,
    decisions: before.decisions + away.decisions,
    refusals: before.refusals + away.refusals,
  };
  state.trials = kept;
  for (const words of WORDS) state[words].splice(0, away[words]);
}

/** The state with everything that its archive has; `archived.trials` are those that it lacks: they are on another machine. */
export function withArchive(state: RunState, archive: Archive): RunState {
  const { archived } = state;
  const own = new Set(state.trials.map(({ number }) => number));
  const found = archive.trials.filter(({ number }) => !own.has(number));
  const missing = Math.max(0, archived.trials - found.length);
  return {
    ...state,
    trials: [...found, ...state.trials].sort((a, b) => a.number - b.number),
    archived: { ...NOTHING_ARCHIVED, trials: missing },
    notes: [...archive.notes.slice(0, archived.notes), ...state.notes],
    decisions: [...archive.decisions.slice(0, archived.decisions), ...state.decisions],
    refusals: [...archive.refusals.slice(0, archived.refusals), ...state.refusals],
  };
}
