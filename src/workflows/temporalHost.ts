/** The story's host on Temporal: activities, waiting, messages from people, and what the Web UI shows. */
import {
  ActivityCancellationType,
  CancellationScope,
  ContinueAsNew,
  allHandlersFinished,
  condition,
  continueAsNew,
  createEventGroup,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { AgentSettings } from '../domain/agentSettings.ts';
import type { AdviserActivities, TrainingActivities } from '../domain/contract.ts';
import { oneLine } from '../domain/inShort.ts';
import type { RunProgress } from '../domain/progress.ts';
import { queuesBeside } from '../domain/queues.ts';
import { carriedOver, newRun } from '../domain/runState.ts';
import type { RunState } from '../domain/runState.ts';
import { withAddedSettings } from '../domain/settings.ts';
import type { CheckedStart } from '../domain/startInput.ts';
import { describeError, failureOf, isUnreached } from './activityErrors.ts';
import { ADVISER_ATTEMPTS } from './consulting.ts';
import type { Host, Steps } from './host.ts';
import { interruption } from './interruption.ts';
import { listen } from './listening.ts';
import { releaseOfExecution } from './release.ts';
import type { Release } from './release.ts';
import { checkedStart } from './starting.ts';
import { displayOf } from './webUi.ts';

/** What a run is started with; `state` carries it over continue-as-new. */
export interface StartInput extends CheckedStart {
  state?: RunState;
}

/** Long enough for any training; MAX_TRIAL_SECONDS and the hang detection bound it in earnest. */
const LONGEST_TRAINING = '30 days';

/** One activity may ask some times: each refusal of a form is quick, but replies that are cut take their time. */
const REPLIES_PER_ATTEMPT = 4;

/** A worker that is restarted is back by then; one that is not may be gone for good, and somebody else takes over. */
const PLACE_ANSWERS_WITHIN = '60 s' as const;

const advising = ({ GPT_TIMEOUT }: AgentSettings): ActivityOptions => ({
  startToCloseTimeout: `${Math.ceil(GPT_TIMEOUT * REPLIES_PER_ATTEMPT) + 30} s`,
  heartbeatTimeout: '15 s',
  retry: {
    initialInterval: '2 s',
    backoffCoefficient: 2,
    maximumInterval: '60 s',
    maximumAttempts: ADVISER_ATTEMPTS,
  },
});
// A retry can follow at once, since a new attempt ends the old one's processes and fences it by the trial's lock.
const training: ActivityOptions = {
  startToCloseTimeout: LONGEST_TRAINING,
  heartbeatTimeout: '10 s',
  retry: { initialInterval: '1 s', backoffCoefficient: 1.5, maximumInterval: '30 s', maximumAttempts: 50 },
};
// A few milliseconds of arithmetic, once its process is up.
const studying: ActivityOptions = {
  startToCloseTimeout: '120 s',
  heartbeatTimeout: '15 s',
  retry: { initialInterval: '1 s', backoffCoefficient: 2, maximumInterval: '30 s', maximumAttempts: 5 },
};
const reporting: ActivityOptions = {
  startToCloseTimeout: '120 s',
  heartbeatTimeout: '15 s',
  retry: { initialInterval: '1 s', maximumInterval: '30 s', maximumAttempts: 5 },
};
// A run that is leaving waits for a worker, and not for ever for a machine that is gone.
const leaving: ActivityOptions = { ...reporting, scheduleToCloseTimeout: '7 days', startToCloseTimeout: '30 minutes' };
// Somebody waits for it, if anybody: a receiver that is away must not keep the run.
const notifying: ActivityOptions = {
  startToCloseTimeout: '15 s',
  scheduleToCloseTimeout: '30 s',
  retry: { initialInterval: '1 s', backoffCoefficient: 3, maximumAttempts: 3 },
};
// Each tracker is given seconds; who calls does not wait, but for the run's end.
const tracking: ActivityOptions = {
  startToCloseTimeout: '150 s',
  scheduleToCloseTimeout: '5 minutes',
  heartbeatTimeout: '15 s',
  retry: { initialInterval: '1 s', maximumAttempts: 3 },
};
// Nothing depends on it: a place that is gone took what was to be tidied with it.
const tidying: ActivityOptions = { ...reporting, scheduleToCloseTimeout: '5 minutes' };

function bind<Activities extends object>(
  options: ActivityOptions & { taskQueue: string },
  names: readonly (keyof Activities)[],
): Partial<Steps> {
  const proxies = proxyActivities<Record<string, (...request: unknown[]) => Promise<unknown>>>(options);
  const entries = names.map((name) => [
    name,
    (summary: string, ...request: unknown[]) =>
      proxies[name as string]!.executeWithOptions({ ...options, summary }, request),
  ]);
  return Object.fromEntries(entries) as Partial<Steps>;
}

/** @param place - Where the work on files is done; null: by whoever takes it. */
function bindSteps(release: Release, { run, config }: RunState, place: string | null): Steps {
  const settings = config.AGENT_SETTINGS;
  const queues = queuesBeside(workflowInfo().taskQueue);
  // A training that is cancelled tells what it cost, so its end is waited for; before 0.3.0 it was not.
  const trainings: ActivityOptions = {
    ...training,
    ...(release >= 3 ? { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } : {}),
    // Runs of one priority take turns, however many trainings each of them wants at once.
    ...(release >= 5 ? { priority: { priorityKey: settings.PRIORITY, fairnessKey: run } } : {}),
  };
  const there = (usual: string): { taskQueue: string } & Pick<ActivityOptions, 'scheduleToStartTimeout'> =>
    place === null
      ? { taskQueue: usual }
      : { taskQueue: queues.at(place), scheduleToStartTimeout: PLACE_ANSWERS_WITHIN };
  // Before 0.5.0 all of it waited for a slot.
  const light = release >= 5 ? queues.checks : queues.training;
  return {
    ...bind<TrainingActivities>({ ...trainings, taskQueue: queues.training }, [
      'scoreUntouched',
      'timeTraining',
      'trainTrial',
      'evaluateHeldOut',
    ]),
    ...bind<TrainingActivities>({ ...trainings, ...there(queues.training) }, ['confirmHeldOut', 'heldOutCosines']),
    ...bind<TrainingActivities>({ ...trainings, ...there(light) }, ['publishModel']),
    ...bind<TrainingActivities>({ ...trainings, taskQueue: light }, ['probeTrainer']),
    ...bind<TrainingActivities>({ ...leaving, ...there(light) }, ['salvageRun']),
    ...bind<TrainingActivities>({ ...tidying, ...there(light) }, ['tidyPlace']),
    ...bind<AdviserActivities>({ ...advising(settings), taskQueue: queues.tuning }, [
      'probeAdviser',
      'advisePlan',
      'adviseValue',
      'adviseNext',
      'adviseSummary',
    ]),
    ...bind<AdviserActivities>({ ...studying, taskQueue: queues.tuning }, ['studySearch', 'earlierEvidence']),
    ...bind<AdviserActivities>({ ...reporting, taskQueue: queues.tuning }, ['writeReport', 'keepRecord']),
    ...bind<AdviserActivities>({ ...notifying, taskQueue: queues.tuning }, ['notify']),
    ...bind<AdviserActivities>({ ...tracking, taskQueue: queues.tuning }, ['trackTrials']),
  } as Steps;
}

/** Registers every handler before the first await, and gives the story its host. */
export function openHost(given: StartInput): Host {
  const release = releaseOfExecution();
  const input = release >= 3 ? checkedStart(given) : given;
  const state = input.state ? carriedOver(input.state) : newRun(input.run, withAddedSettings(input.config), Date.now());
  if (input.adviserAccess) state.adviserAccess = input.adviserAccess;
  const display = displayOf(state, release, input.searchAttributes);
  const { interruptible, check } = interruption(() => state.inbox);
  listen(state, release, () => {
    check();
    if (release >= 3) display();
  });
  const host: Host = {
    workflowId: workflowInfo().workflowId,
    release,
    state,
    steps: bindSteps(release, state, null),
    stepsAt: (place) => bindSteps(release, state, place),
    isUnreached,
    now: () => Date.now(),
    waitUntil: async (test, timeoutMs, what) => {
      if (timeoutMs !== null) return condition(test, timeoutMs, { summary: oneLine(what) });
      await condition(test);
      return true;
    },
    grouped: (name, work) => (release >= 7 ? createEventGroup(name).withScope(work) : work()),
    show: display,
    boundary: async () => {
      await condition(allHandlersFinished);
      await continueAsNew<(input: StartInput) => Promise<RunProgress>>({ ...input, state });
    },
    failureOf,
    describeError,
    isCancellation,
    interruptible,
    isBoundary: (error) => error instanceof ContinueAsNew,
    shielded: (work) => CancellationScope.nonCancellable(work),
  };
  host.show();
  return host;
}
