/** What the trainer is asked for one training. */
import { configFor } from '../domain/configurations.ts';
import type { TrainRequest } from '../domain/contract.ts';
import { modelsOfLosers } from '../domain/keptModels.ts';
import { kindOf } from '../domain/runKind.ts';
import { threadsOf } from '../domain/slots.ts';
import type { Trial } from '../domain/trials.ts';
import type { Host } from './host.ts';

/** @param maxSeconds - That the training may take; null: no limit. */
export function trainRequest(
  { state, release }: Host,
  { id, number, values, seed, share }: Pick<Trial, 'id' | 'number' | 'values' | 'seed' | 'share'>,
  maxSeconds: number | null,
): TrainRequest {
  const { HANG_SECONDS: hangSeconds, TRIAL_RETRIES: retries } = state.config.AGENT_SETTINGS;
  return {
    run: state.run,
    trial: id,
    number,
    // Rhythms are no part of a trial's identity.
    config: { ...configFor(state, values, seed, share), ...state.inbox.rhythms } as TrainRequest['config'],
    maxSeconds,
    hangSeconds,
    retries,
    losers: modelsOfLosers(state).filter((loser) => loser !== id),
    ...(release >= 4 ? { threads: threadsOf(state) } : {}),
    ...(release >= 5 ? { kind: kindOf(state.trainer!) } : {}),
  };
}
