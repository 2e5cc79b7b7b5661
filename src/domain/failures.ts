/** What a failure says of the work that follows it. */
import type { FailureKind } from './trials.ts';

/** Kind of a failure that says nothing of the work: this machine's trainer does not start, another one's may. */
export const NOT_STARTED = 'not_started';

/** Ends that are no failures of a training: asked to leave, taken over by another attempt, or not begun. */
type OtherEnd = 'cancelled' | 'fenced' | 'busy' | typeof NOT_STARTED;

interface Outlook {
  /**
   * The same work, done again. `same`: it fails again. `perhaps`: it is tried where that costs seconds. `may end well`:
   * nothing was said against it. `untold`: it was not the work that failed, so it is offered as often as it takes.
   */
  again: 'same' | 'perhaps' | 'may end well' | 'untold';
  /** Every other configuration of the run would fail so, too. */
  shared?: true;
}

const OUTLOOKS: Readonly<Record<FailureKind | OtherEnd, Outlook>> = {
  oom: { again: 'same' },
  nan: { again: 'same' },
  hang: { again: 'may end well' },
  killed: { again: 'may end well' },
  bad_config: { again: 'same', shared: true },
  data: { again: 'same', shared: true },
  disk: { again: 'same', shared: true },
  deadline: { again: 'same' },
  pruned: { again: 'same' },
  inadmissible: { again: 'same' },
  trainer_bug: { again: 'perhaps', shared: true },
  cancelled: { again: 'may end well' },
  fenced: { again: 'untold' },
  busy: { again: 'untold' },
  [NOT_STARTED]: { again: 'untold' },
};

/** A kind that nobody knows is a bug. */
const outlookOf = (kind: string): Outlook =>
  Object.hasOwn(OUTLOOKS, kind) ? OUTLOOKS[kind as keyof typeof OUTLOOKS] : OUTLOOKS.trainer_bug;

/**
 * Whether a training may end well on another attempt: a killed or hung process, one that somebody else asked to leave, or
 * one that ended without a word (a library that gives up calls exit). What was said in words would be said again.
 */
export const isWorthResuming = ({ kind, facts }: { kind: string; facts: Record<string, unknown> }): boolean =>
  outlookOf(kind).again === 'may end well' || (kind === 'trainer_bug' && facts['exit_code'] !== undefined);

/** Whether light work, which costs seconds, is not worth another attempt. */
export const isHopeless = (kind: string): boolean => outlookOf(kind).again === 'same';

/** Whether the failure says nothing of the work, which is then for another attempt, or for another machine. */
export const saysNothing = (kind: string): boolean => outlookOf(kind).again === 'untold';

/** Whether every other configuration of the run would fail so, too. */
export const isShared = (kind: FailureKind): boolean => outlookOf(kind).shared === true;

/**
 * Type of the failure when models of finished trials are not on the machine that needs them; its detail is a
 * `LostModels`.
 */
export const MODELS_LOST = 'models_lost';
export interface LostModels {
  trials: string[];
}

/** Type of the failure of work that must not begin before the store has been asked, while that does not answer. */
export const STORE_UNAVAILABLE = 'store_unavailable';
