/** How many trainings a run has at once, and the threads that each of them gets. */
import type { RunState } from './runState.ts';
import type { TrainerFacts } from './trainerFacts.ts';

/** TRAINING_SLOTS, or what the worker that was probed takes; 1 where it does not say. */
export function slotsOf({ config, trainer }: RunState): number {
  const { TRAINING_SLOTS } = config.AGENT_SETTINGS;
  return TRAINING_SLOTS === 'auto' ? (trainer?.slots ?? 1) : TRAINING_SLOTS;
}

/** An equal share of the worker's threads, at least one: the same for every training of a run, whatever runs beside. */
export function threadsOf(state: RunState): number {
  return Math.max(1, Math.floor(state.trainer!.threads / slotsOf(state)));
}

/** The trainer's facts as they hold for one training; its identity is made with them. */
export function factsOf(state: RunState): TrainerFacts {
  return { ...state.trainer!, threads: threadsOf(state) };
}
