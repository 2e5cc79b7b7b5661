/**
 * The `trainTrial` activity.
 *
 * Run twice, it promises: a trial that is done is answered from its result file, here or in the store; else a writer that
 * still lives is ended and fenced, and the training resumes from its newest valid checkpoint. Nothing finished is trained
 * again, unless its result was damaged since, or its model is needed and lost; what another run has finished is not trained
 * at all.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { refuseResult } from '../domain/constraints.ts';
import { isWorthResuming, saysNothing } from '../domain/failures.ts';
import { formatsOf } from '../domain/formats.ts';
import { prunedMessage } from '../domain/pruning.ts';
import { loserOf } from '../domain/keptModels.ts';
import { failureKindSchema } from '../domain/trials.ts';
import type { TrialResult } from '../domain/trials.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { runLayout } from '../training/layout.ts';
import type { RunLayout } from '../training/layout.ts';
import { TrainerFailure } from '../training/trainerFailure.ts';
import type { TrainerProcess } from '../training/trainerProcess.ts';
import {
  DamagedResult,
  attemptsSoFar,
  claim,
  noteHang,
  readResult,
  startOver,
  tidy,
} from '../training/trialDirectory.ts';
import { watchWork } from '../training/watch.ts';
import { runStoreOf } from '../store/runStore.ts';
import type { RunStore } from '../store/runStore.ts';
import type { TrainRequest } from '../domain/contract.ts';
import { said } from '../domain/said.ts';
import { isModelHere } from './lostModels.ts';
import { addToIndex, answeredElsewhere } from './reusing.ts';
import { expected, otherRows, refuseOtherKind } from './runKind.ts';
import { dropEverywhere, fromStore, giveUp, takeUp } from './storedTraining.ts';
import { keepInStore } from './storing.ts';
import { boundTrainerLog } from './trainerLog.ts';

/** Time that a cancelled training has to write a checkpoint. */
export const GRACE_SECONDS = 10;

/** @param at - The place of this worker's files, which the result names. */
export function trainTrialWith(trainer: TrainerProcess, at: string) {
  return async function trainTrial(request: TrainRequest): Promise<TrialResult> {
    const layout = runLayout(request.config.OUTPUT_DIR_ROOT, request.run);
    const dir = layout.trial(request.trial);
    const context = Context.current();
    const stored = runStoreOf(request.config, request.run);
    await dropEverywhere(layout, stored, request.losers ?? []);
    const claims: string[] = [];
    for (let interruptions = 0; ; interruptions += 1) {
      const here = await finished(layout, stored, request);
      const there = here ? null : await fromStore(stored, request);
      const done = here ?? there ?? (await answeredElsewhere(layout, request));
      if (done) {
        await tidy(dir);
        const refused = refusalOf(request, done);
        // One that is inadmissible is no rival: whoever loses to it keeps its model, and its own goes with the next losers.
        await dropEverywhere(layout, stored, refused ? [] : loserOf(request.trial, done.score, request.rival));
        await addToIndex(request);
        await keepInStore(stored, there ? null : { what: 'trial', name: request.trial });
        if (refused) throw refused;
        return { ...done, at };
      }
      await refuseOtherKind(trainer, request.kind);
      const token = randomUUID();
      await claim(dir, token);
      const uploads = await takeUp(stored, request.trial, token, claims);
      claims.push(token);
      const spent = (await attemptsSoFar(dir)).seconds;
      const unbound = boundTrainerLog(path.join(dir, 'trainer.log'));
      try {
        await watchWork(trainer, {
          command: {
            command: 'run',
            trial: request.trial,
            work: `${request.run}/${request.trial}`,
            dir,
            token,
            config: request.config,
            project_dir: PROJECT_ROOT,
            threads: request.threads,
            prune: request.prune,
            ...expected(request.kind, request.config),
          },
          hangSeconds: request.hangSeconds,
          maxSeconds: request.maxSeconds === null ? null : Math.max(0, request.maxSeconds - spent),
          graceSeconds: GRACE_SECONDS,
          cancelled: context.cancellationSignal,
          heartbeat: (pointer) =>
            context.heartbeat({
              dir: request.trial,
              number: request.number,
              ...pointer,
              trainSeconds: spent + pointer.trainSeconds,
            }),
          onCheckpoint: uploads.offer,
        });
      } catch (error) {
        if (context.cancellationSignal.aborted) await leaveCancelled(context, dir);
        if (!(error instanceof TrainerFailure)) throw error;
        context.log.warn('training failed', { trial: request.trial, kind: error.kind, message: error.message });
        const elsewhere = otherRows(error);
        if (elsewhere?.nonRetryable) await tidy(dir);
        if (elsewhere) throw elsewhere;
        if (error.kind === 'hang') await noteHang(dir, request.trial, error.message);
        if (isWorthResuming(error) && interruptions < request.retries) continue;
        const failure = await typed(error, request, { dir, interruptions });
        await uploads.end(false);
        if (failure.nonRetryable) await giveUp(stored, request.trial, token);
        throw failure;
      } finally {
        // A worker that leaves has just written one; a run that was cancelled needs none.
        await uploads.end(context.cancellationSignal.aborted && !context.cancellationDetails?.cancelRequested);
        unbound();
      }
    }
  };
}

/**
 * Of kind `inadmissible`, or `bad_config` for a constraint on what is not measured; null when the result stands. What was
 * measured decides, wherever the result is from; a model that is needed once more was admissible when it was chosen.
 */
function refusalOf(
  { config, kind, modelNeeded = false }: TrainRequest,
  result: TrialResult,
): ApplicationFailure | null {
  const failure = modelNeeded ? null : refuseResult(config, result, kind?.metric);
  if (!failure) return null;
  const facts = { ...failure.facts, train_seconds: result.trainSeconds, cpu_seconds: result.cpuSeconds ?? null };
  return ApplicationFailure.create({
    type: failure.kind,
    message: failure.message,
    nonRetryable: true,
    details: [facts],
  });
}

/** The result of a trial that is done; null when it is to be trained, also once more. */
async function finished(
  layout: RunLayout,
  stored: RunStore | null,
  { trial, modelNeeded = false }: TrainRequest,
): Promise<TrialResult | null> {
  const dir = layout.trial(trial);
  try {
    const done = await readResult(dir, trial);
    if (done && (!modelNeeded || (await isModelHere(layout, stored, trial)))) return done;
    if (done) await startOver(dir, trial, said`its model was lost, so it was trained again`);
  } catch (error) {
    if (!(error instanceof DamagedResult)) throw error;
    Context.current().log.warn('a result is damaged; the trial is trained again', { trial, message: error.message });
    await startOver(dir, trial, said`${path.basename(error.file)} was damaged (${error.why}), so it was trained again`);
  }
  return null;
}

/**
 * A worker that is told to leave, or that the server takes for dead, keeps the checkpoint for the next attempt; a run
 * that was cancelled never comes back for it.
 *
 * @throws CancelledFailure always; it tells what the training cost.
 */
async function leaveCancelled(context: Context, dir: string): Promise<never> {
  const { seconds } = await attemptsSoFar(dir);
  if (context.cancellationDetails?.cancelRequested) await tidy(dir);
  return context.cancelled.catch((error: Error) => {
    throw new CancelledFailure(error.message, [{ train_seconds: seconds }]);
  });
}

async function typed(
  failure: TrainerFailure,
  { config }: TrainRequest,
  { dir, interruptions }: { dir: string; interruptions: number },
): Promise<ApplicationFailure> {
  const kind = failureKindSchema.safeParse(failure.kind);
  const attempts = await attemptsSoFar(dir);
  // A fenced attempt lost its trial to another; the retry finds out what became of it.
  const nonRetryable = !saysNothing(failure.kind);
  if (nonRetryable) await tidy(dir);
  const facts = {
    ...failure.facts,
    train_seconds: attempts.seconds,
    attempts: attempts.started,
    resumed: interruptions,
  };
  return ApplicationFailure.create({
    type: kind.success ? kind.data : 'trainer_bug',
    message:
      failure.kind === 'pruned' ? prunedMessage(failure.message, failure.facts, formatsOf(config)) : failure.message,
    nonRetryable,
    details: [facts],
  });
}
