/** What the worker registers: every function exported here is a workflow type. */
export { tuningRun } from './tuningRun.ts';
