/**
 * The parts of which the agent's workers are made, for other Temporal applications. Apart from the client's entry, since
 * they bring the SDK's native part with them.
 *
 * @packageDocumentation
 */
export { createTuningWorker } from './library/worker.ts';
export type { TuningWorker, TuningWorkerOptions } from './library/worker.ts';
export { interceptors as activityInterceptors, tuningActivities as activities } from './worker/workers.ts';
export { WORKFLOWS_PATH as workflowsPath } from './worker/bundle.ts';
