/**
 * The agent as a library: a typed client of runs, and the parts of which its workers are made.
 *
 * @packageDocumentation
 */
export { connect, TuningClient } from './library/client.ts';
export type { ListedRun, Report, StartedRun } from './library/client.ts';
export type { ConnectOptions } from './library/server.ts';
export { tuningInput } from './library/starting.ts';
export type { RunOptions } from './library/starting.ts';
export { createTuningWorker } from './library/worker.ts';
export type { TuningWorker, TuningWorkerOptions } from './library/worker.ts';

export { interceptors as activityInterceptors, tuningActivities as activities } from './worker/workers.ts';
export { WORKFLOWS_PATH as workflowsPath } from './worker/bundle.ts';
export { SEARCH_ATTRIBUTES, WORKFLOW_TYPE, decideUpdate, progressQuery, stateQuery } from './workflows/messages.ts';
export type { tuningRun } from './workflows/tuningRun.ts';
export type { StartInput } from './workflows/temporalHost.ts';

export { Refused } from './client/deciding.ts';
export type { RunView } from './client/runView.ts';
export type { GivenDecision } from './client/sending.ts';
export { UserError } from './client/userError.ts';
export { ConfigError } from './config/configError.ts';
export type { Decision, Gate } from './domain/decisions.ts';
export type { RunProgress } from './domain/progress.ts';
export type { TuningConfig } from './domain/settings.ts';
export type { Trial } from './domain/trials.ts';
