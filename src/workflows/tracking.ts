/** Telling trackers of a run: beside what it does, never in its way. What one call could not tell, the next one does. */
import { TRACKERS, TRACKER_SETTINGS, trackedRun, trackersOf } from '../domain/tracked.ts';
import { said } from '../domain/said.ts';
import type { Host } from './host.ts';

/** Runs that are being told of now; one call at a time, the next one has what came meanwhile. */
const inHand = new WeakMap<Host, Promise<void>>();

/** Tells of the trials that have ended since the last call; nobody waits for it. */
export function track(host: Host): void {
  if (!isTracked(host) || inHand.has(host)) return;
  inHand.set(
    host,
    untilAllIsTold(host).finally(() => inHand.delete(host)),
  );
}

/** Tells how the run ended, with all of its trials as they are in the end. Waited for: it is the last that is told. */
export async function trackEnd(host: Host): Promise<void> {
  if (!isTracked(host) || newest(host) === 0) return;
  await inHand.get(host);
  await told(host, true);
}

const isTracked = ({ release, state }: Host): boolean => release >= 7 && Object.keys(trackersOf(state)).length > 0;

const newest = ({ state }: Host): number =>
  Math.max(state.archived.trials, ...state.trials.map(({ number }) => number));

async function untilAllIsTold(host: Host): Promise<void> {
  while (newest(host) > host.state.tracking.upTo) if (!(await told(host, false))) return;
}

/** Whether every tracker has it now. */
async function told(host: Host, ended: boolean): Promise<boolean> {
  const { state, steps } = host;
  const { config, archived, tracking, report } = state;
  const upTo = newest(host);
  const { OUTPUT_DIR_ROOT: outputRoot, STORE: store } = config.DEFAULT_CONFIG;
  try {
    const { failed } = await host.shielded(() =>
      steps.trackTrials(ended ? 'trackers: the end of the run' : `trackers: up to trial ${upTo}`, {
        told: trackedRun(state, { ended, after: tracking.upTo }),
        trackers: trackersOf(state),
        place: { outputRoot, store },
        archived: ended && archived.trials > 0 ? { config, trainer: state.trainer } : null,
        report: ended ? report : null,
      }),
    );
    for (const tracker of TRACKERS) if (failed[tracker]) note(host, tracker, failed[tracker], ended);
    if (Object.keys(failed).length > 0) return false;
    state.tracking = { ...state.tracking, upTo };
    return true;
  } catch (error) {
    // While the run goes on the next call tells all of it.
    if (ended && !host.isCancellation(error))
      state.notes.push(
        said`the trackers were not told how the run ended (${host.describeError(error).message}); \`npm run track -- ${state.run}\` tells them`,
      );
    return false;
  }
}

/** Once for each tracker, and at the end where it still lacks something. */
function note({ state }: Host, tracker: (typeof TRACKERS)[number], why: string, ended: boolean): void {
  const { name } = TRACKER_SETTINGS[tracker];
  if (ended)
    state.notes.push(
      said`${name} was not told how the run ended (${why}); \`npm run track -- ${state.run}\` tells it all of the run`,
    );
  else if (!state.tracking.noted.includes(tracker)) {
    state.tracking = { ...state.tracking, noted: [...state.tracking.noted, tracker] };
    state.notes.push(
      said`${name} cannot be told of the trials at present (${why}); the run goes on, and it is told later`,
    );
  }
}
