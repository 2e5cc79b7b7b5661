/** Step 2. The default configuration is measured first, and its score is never credited to the adviser. */
import { ApplicationFailure } from '@temporalio/workflow';
import { currentValues } from '../domain/runState.ts';
import { FAILURE_KINDS } from '../domain/trials.ts';
import type { FailureKind } from '../domain/trials.ts';
import { endIfAsked } from './gates.ts';
import type { Host } from './host.ts';
import { train } from './training.ts';

/** Failures that every other configuration would share. */
const HOPELESS: ReadonlySet<FailureKind> = new Set(['data', 'bad_config', 'disk', 'trainer_bug']);

export async function trainBaseline(host: Host): Promise<void> {
  const { state } = host;
  if (host.release >= 3) endIfAsked(host);
  const trial = await train(host, {
    purpose: 'baseline',
    key: null,
    values: currentValues(state),
    proposedBy: 'default',
    reason: null,
  });
  if (trial.failure && HOPELESS.has(trial.failure.kind)) {
    throw ApplicationFailure.nonRetryable(
      `the default configuration cannot be trained (${FAILURE_KINDS[trial.failure.kind]}): ${trial.failure.message}`,
      trial.failure.kind,
    );
  }
  state.phase = 'planning';
  endIfAsked(host);
}
