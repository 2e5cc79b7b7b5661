/** The pool of trainings that a run searches with. */
import type { RunState } from './runState.ts';
import type { TuningConfig } from './settings.ts';

/** Trainings that a run may spend on its search. */
export const poolOf = ({ AGENT_SETTINGS: settings }: TuningConfig): number =>
  settings.MAX_PRIORITY_PARAMS * settings.ROUNDS_PER_PARAM;

export const trainingsLeft = (state: RunState): number => Math.max(0, poolOf(state.config) - state.spent);
