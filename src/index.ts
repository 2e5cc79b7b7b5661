/**
 * The agent as a library: a typed client of runs. The parts of which workers are made are in `model-tuning-agent/worker`.
 *
 * @packageDocumentation
 */
export { connect, TuningClient } from './library/client.ts';
export type { ListedRun, Report, StartedRun } from './library/client.ts';
export type { ConnectOptions } from './library/server.ts';
export { tuningInput } from './library/starting.ts';
export type { RunOptions } from './library/starting.ts';

export { SEARCH_ATTRIBUTES, WORKFLOW_TYPE, decideUpdate, progressQuery, stateQuery } from './workflows/messages.ts';
export type { tuningRun } from './workflows/tuningRun.ts';
export type { StartInput } from './workflows/temporalHost.ts';

export { Refused } from './runs/deciding.ts';
export type { RunView } from './runs/runView.ts';
export type { GivenDecision } from './runs/sending.ts';
export { UserError } from './runs/userError.ts';
export { ConfigError } from './config/configError.ts';
export type { Decision } from './domain/decisions.ts';
export type { Gate } from './domain/inbox.ts';
export type { Estimate } from './domain/estimated.ts';
export type { Metric } from './domain/metric.ts';
export type { RunProgress, SearchFacts } from './domain/progress.ts';
export type { AdviserFacts } from './domain/adviserFacts.ts';
export type { Confirmation, Published } from './domain/confirmation.ts';
export type { DecisionRecord, FixedParameter, Refusal, RunState, RunStatus } from './domain/runState.ts';
export type { ParameterSpace } from './domain/parameterSpace.ts';
export type { TuningConfig } from './domain/settings.ts';
export type {
  Failure,
  Prediction,
  ProposedBy,
  Purpose,
  Reason,
  Remedy,
  Trial,
  TrialInHand,
  TrialResult,
  Values,
} from './domain/trials.ts';
export type { Usage } from './domain/usage.ts';
export type { RunVerdict } from './domain/verdict.ts';
