/** `track`: tells trackers of a run that has ended; and what is refused before a run starts, where a tracker's package is missing. */
import { agentSettingsSchema } from '../domain/agentSettings.ts';
import { TRACKERS, TRACKER_SETTINGS, trackedRun, trackersOf } from '../domain/tracked.ts';
import type { Tracker } from '../domain/tracked.ts';
import type { TuningConfig } from '../domain/settings.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { findRun, knownRuns, openSources, standingOf, stateOf } from '../runs/knownRuns.ts';
import { outputRootOf } from '../runs/runPlace.ts';
import { namesServer } from '../runs/server.ts';
import { UserError } from '../runs/userError.ts';
import { tellTrackers, trackersForPeople, withoutPackages } from '../tracking/telling.ts';
import { t, translated } from '../words/catalogue.ts';

/** Places other than those that the run was started with. */
export type TrackOptions = { [Name in Tracker]?: string };

export async function trackRun(typed: string, options: TrackOptions): Promise<number> {
  const elsewhere = placesFrom(options);
  const sources = await openSources();
  const known = findRun(await knownRuns(sources), typed);
  const { run } = known;
  if (standingOf(known) === 'running')
    throw new UserError(t`${run} is running: it tells its trackers itself, after each trial and at its end`, 1);
  const state = await stateOf(known, sources);
  const trackers = { ...trackersOf(state), ...elsewhere };
  const wanted = TRACKERS.filter((tracker) => trackers[tracker] !== undefined);
  if (wanted.length === 0)
    throw new UserError(
      t`${run} was started without a tracker; name one: ${TRACKERS.map((tracker) => `--${tracker}`).join(', ')}`,
    );
  await refuseMissing(wanted);
  const { failed } = await tellTrackers({
    told: trackedRun(state, { ended: true, after: 0 }),
    trackers,
    place: { outputRoot: await outputRootOf(state, sources), store: state.config.DEFAULT_CONFIG.STORE },
    // The state is whole here, as far as the disk has it.
    archived: null,
    report: state.report,
  });
  for (const tracker of wanted) {
    const { name } = TRACKER_SETTINGS[tracker];
    process.stdout.write(`${failed[tracker] ? t`${name} was not told: ${failed[tracker]}` : t`${name} has ${run}`}\n`);
  }
  return Object.keys(failed).length > 0 ? EXIT.failed : EXIT.done;
}

/** @throws UserError for a place that its setting would not take either. */
function placesFrom(options: TrackOptions): Partial<Record<Tracker, string>> {
  const places = TRACKERS.flatMap((tracker) => {
    const given = options[tracker];
    if (given === undefined) return [];
    const checked = agentSettingsSchema.shape[TRACKER_SETTINGS[tracker].setting].safeParse(given);
    if (!checked.success) throw new UserError(`--${tracker} ${given}: ${translated(checked.error.issues[0]!.message)}`);
    return [[tracker, given] as const];
  });
  return Object.fromEntries(places);
}

/**
 * Where the local stack is to run it, since other workers' packages are not known here.
 *
 * @throws UserError when a setting asks for a tracker whose package is not installed.
 */
export async function refuseMissingTrackers(config: TuningConfig): Promise<void> {
  const asked = namesServer() ? {} : trackersOf({ config });
  await refuseMissing(TRACKERS.filter((tracker) => asked[tracker] !== undefined));
}

async function refuseMissing(trackers: readonly Tracker[]): Promise<void> {
  const missing = trackers.length > 0 ? await withoutPackages(trackers) : [];
  if (missing.length > 0)
    throw new UserError(
      t`${trackersForPeople(missing)}: its package is not installed; \`npm run setup -- --trackers\` installs it`,
    );
}
