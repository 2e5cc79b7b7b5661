/**
 * What a schedule starts at its time: looks at the data, and begins a run if they changed.
 *
 * The run is a child that outlives it: the command that starts it stands in the history once, so whatever is killed in
 * between, one run is begun. It ends as soon as the run has begun, and its result tells the next execution of it.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  sleep,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { AdviserAccess } from '../domain/adviserFacts.ts';
import type { ScheduleActivities, TrainingActivities } from '../domain/contract.ts';
import { queuesBeside } from '../domain/queues.ts';
import { WORKFLOW_ID_PREFIX, decideScheduled, runNameAt, skippedSince } from '../domain/scheduled.ts';
import type { BegunRun, ScheduledOutcome, ScheduledStart } from '../domain/scheduled.ts';
import { checkedAtStart } from '../domain/searchSpace.ts';
import { escaped } from '../domain/markdown.ts';
import { oneLine } from '../domain/inShort.ts';
import { startDetails } from '../domain/startDetails.ts';
import { SEARCH_ATTRIBUTES, WORKFLOW_TYPE } from './messages.ts';
import type { tuningRun } from './tuningRun.ts';

/** The workflow. Fails with the reason when the data cannot be used; the next execution looks again. */
export async function scheduledTuning(input: ScheduledStart): Promise<ScheduledOutcome> {
  const last = (workflowInfo().lastResult as ScheduledOutcome | undefined)?.begun ?? null;
  const busy = last && skippedSince(last, await isInProgress(last));
  if (busy) return told(input, { outcome: 'skipped', why: busy, begun: last });
  const data = await fingerprintOf(input);
  const decision = decideScheduled(last, data, input.always);
  if (decision.outcome === 'skipped') return told(input, { ...decision, begun: last });
  // From here on it is either done or not: a cancellation in between would lose sight of the run.
  return CancellationScope.nonCancellable(async () => {
    const run = await begin(input, decision.why);
    return told(input, { ...decision, begun: { ...run, data } });
  });
}

function queues() {
  return queuesBeside(workflowInfo().taskQueue);
}

/** Steps of the tuning workers; quick, and asked again until there is an answer. */
const scheduling = () =>
  proxyActivities<ScheduleActivities>({
    taskQueue: queues().tuning,
    startToCloseTimeout: '30 s',
    retry: { initialInterval: '1 s', maximumInterval: '30 s' },
  });

const isInProgress = ({ run, workflowId }: BegunRun): Promise<boolean> =>
  scheduling().isInProgress.executeWithOptions({ summary: oneLine(`is ${run} still in progress?`) }, [{ workflowId }]);

/**
 * Of the data as they are now, which a worker reads.
 *
 * @throws ApplicationFailure with the worker's reason.
 */
async function fingerprintOf({ schedule, config }: ScheduledStart): Promise<string> {
  const { DEFAULT_CONFIG, AGENT_SETTINGS, TUNABLE_KEYS } = config;
  const { probeTrainer } = proxyActivities<Pick<TrainingActivities, 'probeTrainer'>>({
    taskQueue: queues().checks,
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '10 s',
    retry: { initialInterval: '1 s', backoffCoefficient: 1.5, maximumInterval: '30 s', maximumAttempts: 50 },
  });
  try {
    const { inspection } = await probeTrainer.executeWithOptions({ summary: 'the data as they are now' }, [
      {
        run: schedule,
        config: DEFAULT_CONFIG,
        hangSeconds: AGENT_SETTINGS.HANG_SECONDS,
        tunable: checkedAtStart(TUNABLE_KEYS),
      },
    ]);
    return inspection.data.fingerprint;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) throw error;
    throw ApplicationFailure.nonRetryable(error.cause.message, error.cause.type);
  }
}

/** Begins a run under the first free name; another run may have been begun in this very second. */
async function begin(input: ScheduledStart, why: string): Promise<Pick<BegunRun, 'run' | 'workflowId'>> {
  const { schedule, config, searchAttributes } = input;
  for (;;) {
    const run = runNameAt(schedule, new Date());
    const workflowId = `${WORKFLOW_ID_PREFIX}${run}`;
    const adviserAccess = await keyFor(input.adviserAccess, workflowId);
    try {
      await startChild<typeof tuningRun>(WORKFLOW_TYPE, {
        workflowId,
        taskQueue: queues().tuning,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        args: [{ run, config, searchAttributes, ...(adviserAccess ? { adviserAccess } : {}) }],
        ...startDetails(run, config, { schedule: { name: schedule, why } }),
      });
      return { run, workflowId };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep('1 s', { summary: oneLine(`${run} exists: the name of the next second is taken`) });
    }
  }
}

/** The run's own key, since it goes with the run. */
async function keyFor(access: AdviserAccess | undefined, workflowId: string): Promise<AdviserAccess | undefined> {
  if (!access?.ref) return access;
  return scheduling().giveRunKey.executeWithOptions({ summary: "the run gets the schedule's key" }, [
    { access, workflowId },
  ]);
}

/** Shows what became of it. */
function told({ schedule, searchAttributes }: ScheduledStart, outcome: ScheduledOutcome): ScheduledOutcome {
  const { begun, why } = outcome;
  const what = outcome.outcome === 'began' ? `Began **${escaped(begun!.run)}**` : 'Skipped';
  setCurrentDetails(`### ${what}: ${escaped(why)}\n\n\`npm run schedule -- show ${schedule}\` tells of all its times.`);
  if (searchAttributes) upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: outcome.outcome }]);
  return outcome;
}
