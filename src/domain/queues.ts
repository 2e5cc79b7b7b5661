/**
 * Names of a set-up's task queues. All follow from the name of its queue for workflows, so that a run, which knows where it
 * runs itself, needs no setting to find its workers, and two set-ups on one server never take each other's work.
 */

const TUNING = 'tuning';

export interface Queues {
  /** Workflows, adviser, reports. */
  tuning: string;
  /** Trainings, as many at once as the workers have slots. */
  training: string;
  /** Light work on training machines: it waits for no slot. */
  checks: string;
  /** Work on files that lie at one place: a machine, or several with one `models/`. */
  at: (place: string) => string;
  /** No work: its worker says by its identity that a trainer does not start, and why. */
  broken: string;
}

/** @param prefix - TUNING_QUEUES of the set-up; empty: the plain names. */
export function queuesWith(prefix: string): Queues {
  const named = (name: string) => (prefix ? `${prefix}-${name}` : name);
  return {
    tuning: named(TUNING),
    training: named('training'),
    checks: named('training-checks'),
    at: (place) => named(`training-at-${place}`),
    broken: named('training-broken'),
  };
}

/** The queues of the set-up whose workflows run on this one; a queue of another name has the plain ones beside it. */
export function queuesBeside(tuningQueue: string): Queues {
  return queuesWith(tuningQueue.endsWith(`-${TUNING}`) ? tuningQueue.slice(0, -TUNING.length - 1) : '');
}
