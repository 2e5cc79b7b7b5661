/**
 * The story of a run, top to bottom: the table of contents of the agent.
 *
 * It is durable: each step below is an activity or a wait that Temporal replays, so the run goes on from here whatever
 * dies.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import { nothingWon } from '../domain/constraints.ts';
import type { RunProgress } from '../domain/progress.ts';
import { progressOf } from '../domain/progress.ts';
import { incumbentOf } from '../domain/runTrials.ts';
import { said } from '../domain/said.ts';
import { trainBaseline } from './baseline.ts';
import { chooseWinner } from './choosing.ts';
import { confirm } from './confirming.ts';
import { confirmOnHeldOut } from './earlier/confirming.ts';
import { tuneParameters } from './earlier/tuning.ts';
import { keepRecord, publishBest, salvage, summarise, writeReport } from './ending.ts';
import type { Host } from './host.ts';
import { tellEnd } from './notifying.ts';
import { EndRun } from './outcomes.ts';
import { makePlan } from './planning.ts';
import { prepare } from './preparing.ts';
import { search } from './searching.ts';
import type { StartInput } from './temporalHost.ts';
import { openHost } from './temporalHost.ts';
import { trackEnd } from './tracking.ts';

/** The workflow. Fails with the reason when the run failed; its last act is the report, also then. */
export async function tuningRun(input: StartInput): Promise<RunProgress> {
  const host = openHost(input);
  await tellRun(host);
  const { status, endedEarly } = host.state;
  if (status === 'failed') throw ApplicationFailure.nonRetryable(endedEarly ?? said`the run failed`, 'run_failed');
  return progressOf(host.state);
}

/** The same on any host: what the property tests drive. */
export async function tellRun(host: Host): Promise<void> {
  const { state } = host;
  let cancellation: unknown = null;
  try {
    await tune(host);
    await conclude(host);
  } catch (error) {
    cancellation = await leave(host, error);
  }
  await trackEnd(host);
  state.phase = 'ended';
  host.show();
  await host.shielded(() => tellEnd(host));
  await host.shielded(() => keepRecord(host));
  if (cancellation) throw cancellation;
}

/** Steps 1 to 5: everything that spends trainings to find a better configuration. */
async function tune(host: Host): Promise<void> {
  const { state } = host;
  try {
    if (state.phase === 'preparing') await host.grouped('preparation', () => prepare(host));
    if (state.phase === 'baseline') await host.grouped('default configuration', () => trainBaseline(host));
    if (state.phase === 'planning') await host.grouped('plan', () => makePlan(host));
    await (host.release >= 4 ? search(host) : tuneParameters(host));
  } catch (error) {
    if (!(error instanceof EndRun)) throw error;
    state.endedEarly = error.message;
    if (error.byPerson) state.status = 'stopped';
  }
}

/** Steps 6 to 8: what is made of the best configuration. */
async function conclude(host: Host): Promise<void> {
  const { state } = host;
  if (!incumbentOf(state)) {
    // Nothing to make anything of: no failure where a person wanted it so.
    if (state.status === 'stopped' && host.release >= 3 && state.trials.length === 0) return salvage(host);
    if (state.status !== 'stopped' || host.release < 3) state.status = 'failed';
    state.endedEarly = `${nothingWon(state.trials)}${state.endedEarly ? `; ${state.endedEarly}` : ''}`;
    await salvage(host);
  } else {
    if (host.release >= 4) {
      await host.grouped('confirmation', async () => {
        await chooseWinner(host);
        await confirm(host);
      });
    } else await confirmOnHeldOut(host);
    await host.grouped('publication', () => publishBest(host));
    await host.grouped('summary', () => summarise(host));
    if (state.status === 'running') state.status = 'completed';
  }
  await writeReport(host);
}

/**
 * A run that was cancelled or failed still publishes and reports what it has. Returns the cancellation, if it is one.
 */
async function leave(host: Host, error: unknown): Promise<unknown> {
  if (host.isBoundary(error)) throw error;
  const { state } = host;
  const cancelled = host.isCancellation(error);
  state.status = cancelled ? 'cancelled' : 'failed';
  const { type, message } = host.describeError(error);
  state.endedEarly = cancelled ? said`the run was cancelled` : message;
  state.failureKind = cancelled ? null : type;
  state.inbox = { ...state.inbox, gate: null };
  await host.shielded(() => salvage(host));
  if (state.trials.length > 0) await host.shielded(() => reportWhatThereIs(host));
  if (!cancelled) host.show();
  return cancelled ? error : null;
}

async function reportWhatThereIs(host: Host): Promise<void> {
  try {
    await writeReport(host);
  } catch (error) {
    host.state.notes.push(said`the report could not be written: ${host.describeError(error).message}`);
  }
}
