/**
 * Models that went with their host: trained again where the run goes on, since a model that nobody has cannot be
 * published.
 */
import { MODELS_LOST } from '../domain/failures.ts';
import type { LostModels } from '../domain/failures.ts';
import type { ScoredTrial } from '../domain/trials.ts';
import type { Host } from './host.ts';
import { trainAgain } from './training.ts';

/**
 * Does work that needs the models of finished trials; those that are lost are trained again, once, with their own
 * configuration and seed, and the work is done then. The score that was recorded stands; another digest is noted.
 */
export async function restoringModels<T>(
  host: Host,
  trials: readonly ScoredTrial[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { type, details } = host.describeError(error);
    if (type !== MODELS_LOST) throw error;
    const lost = new Set((details as LostModels).trials);
    for (const trial of trials.filter(
      ({ id }, index) => lost.has(id) && trials.findIndex((other) => other.id === id) === index,
    ))
      await restore(host, trial);
    return work();
  }
}

async function restore(host: Host, trial: ScoredTrial): Promise<void> {
  const { modelDigest } = await trainAgain(host, trial);
  const same = modelDigest === trial.result.modelDigest;
  host.state.notes.push(
    `the model of trial ${trial.number} was lost with its host and was trained again: ${same ? 'it is the same, bit by bit' : 'its weights differ from the lost ones (another machine), its score was taken from the first training'}`,
  );
}
