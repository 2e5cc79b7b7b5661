/** What must be known of a run to judge a decision. */
import { wasMeasured } from './configurations.ts';
import { trainingsLeft } from './pool.ts';
import { PHASES } from './runState.ts';
import type { Phase, RunState } from './runState.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { incumbentOf } from './runTrials.ts';
import type { Values } from './trials.ts';

export interface DecisionView {
  spaces: Record<string, ParameterSpace>;
  /** Listed keys that cannot change a score; a value holds at once. */
  rhythms?: Record<string, ParameterSpace>;
  /** Keys for which a value may still be set: the one in hand while it has rounds left, and those to come. */
  openKeys: readonly string[];
  /** The key whose rounds are under way. */
  inHand: string | null;
  /** Keys whose turn is still to come. */
  later: readonly string[];
  /** `concluding`: nothing is tuned any more, the winner is being confirmed. */
  stage: 'tuning' | 'concluding' | 'ended';
  tried: (values: Values) => boolean;
  incumbentValues: Values | null;
  /** Whether decisions belong to a key; executions that 0.1.0 or 0.2.0 began keep their rules, under which they did not. */
  perKey: boolean;
  /** Trainings left in the pool, since 0.4.0: without any nothing can be asked for. Null: not counted. */
  trainingsLeft: number | null;
}

/**
 * @param atParameterGates - Whether the question between two parameters takes a value for the next one; 0.1.0 refused
 *   it.
 * @param perKey - Whether decisions belong to the key in hand; before 0.3.0 they did not.
 * @param anyKey - Whether every key may be changed while trainings are left; before 0.4.0 only those of the plan to come.
 */
export function viewForDecisions(
  state: RunState,
  { atParameterGates = true, perKey = true, anyKey = false } = {},
): DecisionView {
  const [current, ...later] = state.queue;
  const roundsLeft = state.round < state.config.AGENT_SETTINGS.ROUNDS_PER_PARAM;
  const currentOpen = current && roundsLeft && (atParameterGates || state.inbox.gate?.kind !== 'parameter');
  const planned = [...(currentOpen ? [current] : []), ...later];
  const all = Object.keys(state.config.TUNABLE_KEYS);
  const any = anyKey ? (trainingsLeft(state) > 0 ? all : []) : planned;
  return {
    spaces: state.config.TUNABLE_KEYS,
    rhythms: state.rhythms,
    openKeys: state.plan ? any : all,
    later,
    trainingsLeft: anyKey ? trainingsLeft(state) : null,
    inHand: state.phase === 'tuning' && state.round > 0 ? (current ?? null) : null,
    stage: stageOf(state.phase, perKey),
    tried: (values) => wasMeasured(state, values),
    incumbentValues: incumbentOf(state)?.values ?? null,
    perKey,
  };
}

function stageOf(phase: Phase, perKey: boolean): DecisionView['stage'] {
  if (phase === 'confirming' && perKey) return 'concluding';
  return PHASES.indexOf(phase) > PHASES.indexOf('tuning') ? 'ended' : 'tuning';
}
