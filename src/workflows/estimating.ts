/** What a run will take, found out before it costs anything: a mini-training, and what the plan makes of it. */
import { wholeRun } from '../domain/estimate.ts';
import { isPlugin } from '../domain/metric.ts';
import { kindOf } from '../domain/runKind.ts';
import { said } from '../domain/said.ts';
import { threadsOf } from '../domain/slots.ts';
import { trainingAllowance } from '../domain/usage.ts';
import { runSecondsLeft, secondsSoFar } from './gates.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';

/** The part of what a run may train that may go into finding out what a training takes. */
const SHARE_OF_BUDGET = 0.1;
/** Seconds that a mini-training needs at the least: the model has to be loaded. */
const LEAST_SECONDS = 5;

const LATER = said`what the run will take is said after its first training`;

/** Times a few steps of the default configuration. Nothing depends on it: a run goes on without. */
export async function timeTraining(host: Host): Promise<void> {
  const { state, steps } = host;
  const { DEFAULT_CONFIG: config, AGENT_SETTINGS: settings } = state.config;
  const note = (why: string) => state.notes.push(`${why}: ${LATER}`);
  if (isPlugin(config)) return void note(said`own trainings are not timed beforehand`);
  const maxSeconds = secondsFor(host);
  if (maxSeconds !== null && maxSeconds < LEAST_SECONDS)
    return void note(said`no training is timed, to keep to the budget`);
  const began = host.now();
  let spent = 0;
  try {
    const { timing, seconds } = await host.interruptible(() =>
      steps.timeTraining('a few steps of the default configuration, timed', {
        run: state.run,
        config,
        hangSeconds: settings.HANG_SECONDS,
        kind: kindOf(state.trainer!),
        maxSeconds,
        threads: threadsOf(state),
      }),
    );
    state.timing = timing;
    spent = seconds;
  } catch (error) {
    if (host.isCancellation(error) || error instanceof EndRun) throw error;
    spent = Math.min(maxSeconds ?? Infinity, (host.now() - began) / 1000);
    note(said`the mini-training failed (${host.describeError(error).message})`);
  } finally {
    state.usage = { ...state.usage, trainSeconds: state.usage.trainSeconds + spent };
    state.waitedMs += Math.max(0, host.now() - began - spent * 1000);
  }
}

/** A tenth of what is left of the run's budgets, and not more than one training may take; null = no limit. */
function secondsFor(host: Host): number | null {
  const { usage, config } = host.state;
  const { MAX_TRIAL_SECONDS, ...limits } = config.AGENT_SETTINGS;
  const left = [trainingAllowance(usage, { ...limits, MAX_TRIAL_SECONDS: null }), runSecondsLeft(host)];
  const least = Math.min(
    ...left.map((seconds) => (seconds ?? Infinity) * SHARE_OF_BUDGET),
    MAX_TRIAL_SECONDS ?? Infinity,
  );
  return Number.isFinite(least) ? least : null;
}

/** Keeps what the run is expected to take, the first time that it can be said. */
export function keepFirstEstimate(host: Host): void {
  const { state } = host;
  if (host.release < 6 || state.firstEstimate) return;
  state.firstEstimate = wholeRun(state, secondsSoFar(host));
  host.show();
}
