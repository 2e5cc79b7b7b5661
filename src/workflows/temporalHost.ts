/** The story's host on Temporal: activities, waiting, messages from people, and what the Web UI shows. */
import {
  ActivityCancellationType,
  CancellationScope,
  ContinueAsNew,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { AdviserActivities, TrainingActivities } from '../activities/contract.ts';
import type { RunProgress } from '../domain/progress.ts';
import { carriedOver, newRun } from '../domain/runState.ts';
import type { RunState } from '../domain/runState.ts';
import { withAddedSettings } from '../domain/settings.ts';
import type { AgentSettings } from '../domain/settings.ts';
import type { CheckedStart } from '../domain/startInput.ts';
import { describeError, failureOf } from './activityErrors.ts';
import { ADVISER_ATTEMPTS } from './consulting.ts';
import type { Host, Steps } from './host.ts';
import { interruption } from './interruption.ts';
import { listen } from './listening.ts';
import { TASK_QUEUES } from './messages.ts';
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

const advising = ({ GPT_TIMEOUT }: AgentSettings): ActivityOptions => ({
  taskQueue: TASK_QUEUES.tuning,
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
  taskQueue: TASK_QUEUES.training,
  startToCloseTimeout: LONGEST_TRAINING,
  heartbeatTimeout: '10 s',
  retry: { initialInterval: '1 s', backoffCoefficient: 1.5, maximumInterval: '30 s', maximumAttempts: 50 },
};
// A few milliseconds of arithmetic, once its process is up.
const studying: ActivityOptions = {
  taskQueue: TASK_QUEUES.tuning,
  startToCloseTimeout: '120 s',
  heartbeatTimeout: '15 s',
  retry: { initialInterval: '1 s', backoffCoefficient: 2, maximumInterval: '30 s', maximumAttempts: 5 },
};
const reporting: ActivityOptions = {
  taskQueue: TASK_QUEUES.tuning,
  startToCloseTimeout: '120 s',
  heartbeatTimeout: '15 s',
  retry: { initialInterval: '1 s', maximumInterval: '30 s', maximumAttempts: 5 },
};
// A run that is leaving waits for the training in hand of another run, and not for ever for a machine that is gone.
const leaving: ActivityOptions = {
  ...reporting,
  taskQueue: TASK_QUEUES.training,
  scheduleToCloseTimeout: '7 days',
  startToCloseTimeout: '30 minutes',
};

function bind<Activities extends object>(
  options: ActivityOptions,
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

function bindSteps(release: Release, settings: AgentSettings): Steps {
  // A training that is cancelled tells what it cost, so its end is waited for; before 0.3.0 it was not.
  const trainings =
    release >= 3 ? { ...training, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } : training;
  return {
    ...bind<TrainingActivities>(trainings, [
      'probeTrainer',
      'scoreUntouched',
      'trainTrial',
      'evaluateHeldOut',
      'confirmHeldOut',
      'publishModel',
    ]),
    ...bind<AdviserActivities>(advising(settings), [
      'probeAdviser',
      'advisePlan',
      'adviseValue',
      'adviseNext',
      'adviseSummary',
    ]),
    ...bind<AdviserActivities>(studying, ['studySearch', 'earlierEvidence']),
    ...bind<TrainingActivities>(leaving, ['salvageRun']),
    ...bind<AdviserActivities>(reporting, ['writeReport', 'keepRecord']),
  } as Steps;
}

/** Registers every handler before the first await, and gives the story its host. */
export function openHost(given: StartInput): Host {
  const release = releaseOfExecution();
  const input = release >= 3 ? checkedStart(given) : given;
  const state = input.state ? carriedOver(input.state) : newRun(input.run, withAddedSettings(input.config), Date.now());
  if (input.adviserAccess) state.adviserAccess = input.adviserAccess;
  const display = displayOf(state, { searchAttributes: input.searchAttributes, onlyChanges: release >= 3 });
  const { interruptible, check } = interruption(() => state.inbox);
  listen(state, release, () => {
    check();
    if (release >= 3) display();
  });
  const host: Host = {
    workflowId: workflowInfo().workflowId,
    release,
    state,
    steps: bindSteps(release, state.config.AGENT_SETTINGS),
    now: () => Date.now(),
    waitUntil: async (test, timeoutMs) => {
      if (timeoutMs !== null) return condition(test, timeoutMs);
      await condition(test);
      return true;
    },
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
