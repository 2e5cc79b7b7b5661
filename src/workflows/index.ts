/** What the worker registers: every function exported here is a workflow type. */
export { scheduledTuning } from './scheduledTuning.ts';
export { tuningRun } from './tuningRun.ts';
