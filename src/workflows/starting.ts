/** The gate before the story: a run whose input cannot be used fails at once, with the reason. */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { said } from '../domain/said.ts';
import { checkStart } from '../domain/startInput.ts';
import type { StartInput } from './temporalHost.ts';

/**
 * The input of an execution, checked. One that continues a run was checked when the run began.
 *
 * @throws ApplicationFailure `bad_config`, which is not retried.
 */
export function checkedStart(input: StartInput): StartInput {
  if (workflowInfo().continuedFromExecutionRunId && input?.state) return input;
  const { start, problems } = checkStart(input);
  // A run that goes on from another one has its own time, and it begins now.
  if (start) return start.state ? { ...start, state: { ...start.state, startedAt: Date.now() } } : start;
  throw ApplicationFailure.nonRetryable(
    said`the run cannot be started: ${problems.join('; ')}`.slice(0, LONGEST),
    'bad_config',
  );
}

/** Characters of the message; a whole configuration of wrong keys would be longer than a failure may be. */
const LONGEST = 4000;
