/** The story's host on Temporal: activities, waiting, messages from people, and what the Web UI shows. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  TimeoutFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  rootCause,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { AdviserActivities, TrainingActivities } from '../activities/contract.ts';
import { decisionSchema, receive } from '../domain/decisions.ts';
import type { Decision, Verdict } from '../domain/decisions.ts';
import { detailsTable, progressOf } from '../domain/progress.ts';
import type { RunProgress } from '../domain/progress.ts';
import { carriedOver, incumbentOf, newRun, viewForDecisions } from '../domain/runState.ts';
import type { AdviserAccess, RunState } from '../domain/runState.ts';
import { withAddedSettings } from '../domain/settings.ts';
import type { AgentSettings, TuningConfig } from '../domain/settings.ts';
import { failureKindSchema } from '../domain/trials.ts';
import type { Failure } from '../domain/trials.ts';
import { ADVISER_ATTEMPTS } from './consulting.ts';
import type { Host, Steps } from './host.ts';
import { releaseOfExecution } from './release.ts';
import type { Release } from './release.ts';
import {
  SEARCH_ATTRIBUTES,
  TASK_QUEUES,
  continueSignal,
  decideUpdate,
  overrideSignal,
  pauseSignal,
  progressQuery,
  resumeSignal,
  stopSignal,
  trialsQuery,
} from './messages.ts';

/** What a run is started with; `state` carries it over continue-as-new. */
export interface StartInput {
  run: string;
  config: TuningConfig;
  /** Whether the server knows our search attributes; a server that refused them is used without. */
  searchAttributes: boolean;
  /** Where the run's key for the adviser lies; without it, and in runs of 0.2.0: the workers' own environment. */
  adviserAccess?: AdviserAccess;
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
const reporting: ActivityOptions = {
  taskQueue: TASK_QUEUES.tuning,
  startToCloseTimeout: '120 s',
  heartbeatTimeout: '15 s',
  retry: { initialInterval: '1 s', maximumInterval: '30 s', maximumAttempts: 5 },
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

function bindSteps(settings: AgentSettings): Steps {
  return {
    ...bind<TrainingActivities>(training, ['probeTrainer', 'trainTrial', 'evaluateHeldOut', 'publishModel']),
    ...bind<AdviserActivities>(advising(settings), ['probeAdviser', 'advisePlan', 'adviseValue', 'adviseSummary']),
    ...bind<AdviserActivities>(reporting, ['writeReport']),
  } as Steps;
}

/** Registers every handler before the first await, and gives the story its host. */
export function openHost(input: StartInput): Host {
  const state = input.state ? carriedOver(input.state) : newRun(input.run, withAddedSettings(input.config), Date.now());
  if (input.adviserAccess) state.adviserAccess = input.adviserAccess;
  const release = releaseOfExecution();
  listen(state, release);
  const host: Host = {
    workflowId: workflowInfo().workflowId,
    release,
    state,
    steps: bindSteps(state.config.AGENT_SETTINGS),
    now: () => Date.now(),
    waitUntil: async (test, timeoutMs) => {
      if (timeoutMs !== null) return condition(test, timeoutMs);
      await condition(test);
      return true;
    },
    show: () => show(state, input.searchAttributes),
    boundary: async () => {
      await condition(allHandlersFinished);
      await continueAsNew<(input: StartInput) => Promise<RunProgress>>({ ...input, state });
    },
    failureOf,
    describeError,
    isCancellation,
    isBoundary: (error) => error instanceof ContinueAsNew,
    shielded: (work) => CancellationScope.nonCancellable(work),
  };
  host.show();
  return host;
}

/** Takes signals and updates, and answers queries. */
function listen(state: RunState, release: Release): void {
  const judge = (decision: Decision): Verdict =>
    receive(state.inbox, decision, viewForDecisions(state, { atParameterGates: release >= 2 }));
  const take = (decision: Decision): Verdict => {
    const verdict = judge(decision);
    const words = decision.decision === 'set' ? `set ${decision.key} = ${decision.value}` : decision.decision;
    state.decisions.push({
      at: Date.now(),
      gate: decision.gate ?? state.inbox.gate?.id ?? null,
      decision: words.slice(0, 300),
      by: decision.by ?? 'signal',
      outcome: `${verdict.outcome}: ${verdict.message}`,
    });
    state.inbox = verdict.inbox;
    return verdict;
  };
  // A signal comes from anywhere, in any shape; what cannot be read is recorded as refused, since throwing here would
  // block the run.
  const takeSignal = (raw: unknown): void => {
    const parsed = decisionSchema.safeParse(raw);
    if (parsed.success) take(parsed.data);
    else
      state.decisions.push({
        at: Date.now(),
        gate: state.inbox.gate?.id ?? null,
        decision: JSON.stringify(raw)?.slice(0, 300) ?? '',
        by: 'signal',
        outcome: `refused: ${parsed.error.issues[0]?.message ?? 'unreadable'}`,
      });
  };
  setHandler(continueSignal, () => takeSignal({ decision: 'continue' }));
  setHandler(stopSignal, (scope) => takeSignal({ decision: `stop-${scope?.scope ?? 'run'}` }));
  setHandler(pauseSignal, () => takeSignal({ decision: 'pause' }));
  setHandler(resumeSignal, () => takeSignal({ decision: 'resume' }));
  setHandler(overrideSignal, (wish) => takeSignal({ decision: 'set', key: wish?.key, value: wish?.value }));
  setHandler(decideUpdate, (decision) => take(decisionSchema.parse(decision)).message, {
    validator: (decision) => {
      const parsed = decisionSchema.safeParse(decision);
      if (!parsed.success) throw new Error(`not a decision: ${parsed.error.issues[0]?.message}`);
      const verdict = judge(parsed.data);
      if (verdict.outcome === 'refused') throw new Error(verdict.message);
    },
  });
  setHandler(progressQuery, () => progressOf(state));
  setHandler(trialsQuery, () => state);
}

function show(state: RunState, searchAttributes: boolean): void {
  setCurrentDetails(detailsTable(state));
  if (!searchAttributes) return;
  const best = incumbentOf(state);
  const tuning = state.phase === 'tuning' ? (state.queue[0] ?? null) : null;
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.status, value: statusWord(state) },
    { key: SEARCH_ATTRIBUTES.parameter, value: tuning },
    { key: SEARCH_ATTRIBUTES.round, value: tuning ? state.round : null },
    { key: SEARCH_ATTRIBUTES.bestScore, value: best?.result.score ?? null },
    { key: SEARCH_ATTRIBUTES.model, value: state.config.DEFAULT_CONFIG.BASE_MODEL },
  ]);
}

function statusWord(state: RunState): string {
  if (state.phase === 'ended') return state.status;
  if (state.inbox.paused) return 'paused';
  return state.inbox.gate ? 'waiting' : state.phase;
}

function failureOf(error: unknown): Failure | null {
  if (!(error instanceof ActivityFailure)) return null;
  const { cause } = error;
  if (cause instanceof TimeoutFailure)
    return { kind: 'hang', message: `no attempt finished: ${cause.message}`, facts: {} };
  if (!(cause instanceof ApplicationFailure)) return null;
  const kind = failureKindSchema.safeParse(cause.type);
  if (!kind.success) return null;
  return {
    kind: kind.data,
    message: cause.message,
    facts: (cause.details?.[0] as Record<string, unknown> | undefined) ?? {},
  };
}

function describeError(error: unknown): { type: string | null; message: string; details?: unknown } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure)
    return { type: cause.type ?? null, message: cause.message, details: cause.details?.[0] };
  return { type: null, message: rootCause(cause) ?? String(cause) };
}
