/**
 * The `confirmHeldOut` activity: winner, default and untouched model on rows that nobody has seen; `heldOutCosines`, for
 * models that lie at several places; and `evaluateHeldOut`, which runs of releases before 0.4.0 call for one or two models.
 *
 * Run twice, they evaluate twice and give the same numbers; they change nothing.
 */
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { runStoreOf } from '../store/runStore.ts';
import { runLayout } from '../training/layout.ts';
import type { RunLayout } from '../training/layout.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import type {
  ConfirmRequest,
  ConfirmedScores,
  CosinesRequest,
  HeldOutCosines,
  HeldOutRequest,
  HeldOutScores,
} from '../domain/contract.ts';
import { said } from '../domain/said.ts';
import { evaluate } from './evaluating.ts';
import type { Evaluated } from './evaluating.ts';
import { refuseLostModels } from './lostModels.ts';
import { expected, refuseOtherKind } from './runKind.ts';

export function evaluateHeldOutWith(trainer: TrainerProcess) {
  return async function evaluateHeldOut({ run, config, models, hangSeconds }: HeldOutRequest): Promise<HeldOutScores> {
    const layout = runLayout(config.OUTPUT_DIR_ROOT, run);
    await refuseLostModels(
      layout,
      runStoreOf(config, run),
      models.map(({ trial }) => trial),
    );
    const evaluation = await evaluateHeldOutPairs(trainer, hangSeconds, layout, {
      run,
      config,
      models: models.map(({ name, trial }) => ({ name, path: path.join(layout.trial(trial), 'model') })),
    });
    const scores = Object.fromEntries(Object.entries(evaluation.scores).map(([name, score]) => [name, score.score]));
    return {
      split: evaluation.split,
      pairs: evaluation.pairs,
      scores,
      difference: evaluation.difference,
      seconds: evaluation.seconds,
    };
  };
}

export function confirmHeldOutWith(trainer: TrainerProcess) {
  return async function confirmHeldOut(request: ConfirmRequest): Promise<ConfirmedScores> {
    const { run, config, models, devNoise, threads, hangSeconds, cosines = {}, kind } = request;
    await refuseOtherKind(trainer, kind);
    const layout = runLayout(config.OUTPUT_DIR_ROOT, run);
    await refuseLostModels(
      layout,
      runStoreOf(config, run),
      models.map(({ trial }) => trial).filter((trial) => trial !== null && !Object.hasOwn(cosines, trial)) as string[],
    );
    return inScratch(layout, async (scratch) => {
      for (const [trial, numbers] of Object.entries(cosines))
        await writeFile(path.join(scratch, trial), Buffer.from(numbers, 'base64'));
      const evaluation = await evaluateHeldOutPairs(trainer, hangSeconds, layout, {
        run,
        config,
        threads,
        models: models.map(({ arm, seed, trial }) => ({
          name: trial ?? arm,
          path: trial && path.join(layout.trial(trial), 'model'),
          arm,
          seed,
          ...(trial && Object.hasOwn(cosines, trial) ? { cosines_from: path.join(scratch, trial) } : {}),
        })),
        dev_noise: devNoise,
        ...expected(kind, config),
      });
      if (!evaluation.confirmation)
        throw ApplicationFailure.nonRetryable(
          said`the trainer answered evaluate without a confirmation`,
          'trainer_bug',
        );
      const { split, pairs, seconds, confirmation } = evaluation;
      const { scores, difference, over_untouched: overUntouched, verdict, seed_sd: seedSd } = confirmation;
      return { split, pairs, scores, difference, overUntouched, verdict, seedSd, seconds };
    });
  };
}

/** All places together must fit into one message to the server, which takes 2 MiB. */
const MOST_COSINES_BYTES = 200 * 1024;

export function heldOutCosinesWith(trainer: TrainerProcess) {
  return async function heldOutCosines(request: CosinesRequest): Promise<HeldOutCosines> {
    const { run, config, threads, trial, hangSeconds, kind } = request;
    await refuseOtherKind(trainer, kind);
    const layout = runLayout(config.OUTPUT_DIR_ROOT, run);
    await refuseLostModels(layout, runStoreOf(config, run), [trial]);
    return inScratch(layout, async (scratch) => {
      const to = path.join(scratch, trial);
      const { pairs, seconds } = await evaluateHeldOutPairs(trainer, hangSeconds, layout, {
        run,
        config,
        threads,
        models: [{ name: trial, path: path.join(layout.trial(trial), 'model'), cosines_to: to }],
        ...expected(kind, config),
      });
      const numbers = await readFile(to);
      if (numbers.length > MOST_COSINES_BYTES)
        throw ApplicationFailure.nonRetryable(
          said`the models lie at several places, and ${pairs} held-out pairs are too many to be compared from there: share models/ between them, or use fewer rows`,
          'bad_config',
        );
      return { cosines: numbers.toString('base64'), seconds };
    });
  };
}

/** Scores on the held-out split, told in one log of the run. */
function evaluateHeldOutPairs(
  trainer: TrainerProcess,
  hangSeconds: number,
  layout: RunLayout,
  { run, ...what }: Omit<Evaluated, 'trial' | 'split' | 'log'> & { run: string },
): ReturnType<typeof evaluate> {
  const [only, ...others] = what.models;
  return evaluate(trainer, hangSeconds, {
    // One at a time for the same models; models of several trials may be scored at once.
    trial: only && others.length === 0 ? `held-out-${run}-${only.name}` : `held-out-${run}`,
    split: 'test',
    log: path.join(layout.logs, 'held-out.log'),
    ...what,
  });
}

/** A folder beside the run's logs that goes with the work; what a killed worker left goes with the next one. */
async function inScratch<T>(layout: RunLayout, work: (folder: string) => Promise<T>): Promise<T> {
  const scratch = path.join(layout.logs, 'held-out-cosines');
  const own = path.join(scratch, randomUUID());
  await mkdir(own, { recursive: true });
  try {
    return await work(own);
  } finally {
    await rm(own, { recursive: true, force: true });
    await rmdir(scratch).catch(() => {});
  }
}
