/**
 * Telling trackers of a run, in a process of its own: `python -m tuning_trainer.trackers`.
 *
 * Told twice, or killed at any moment and told again, nothing is there twice: each tracker finds what it has by the names of
 * run, trial and step, and is given what is missing. Two at once take turns by a lock in the run's folder.
 */
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { TrackAnswer, TrackRequest } from '../domain/contract.ts';
import { TRACKERS, TRACKER_SETTINGS, trackedTrial } from '../domain/tracked.ts';
import type { TrackedTrial, Tracker } from '../domain/tracked.ts';
import { redactor } from '../logging/secrets.ts';
import { readEnvironmentFile } from '../processes/envFile.mjs';
import { ENV_FILE } from '../processes/envFile.ts';
import { pythonEnvironment, pythonExecutable } from '../processes/python.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { readArchive } from '../training/archiveFile.ts';
import { runLayout } from '../training/layout.ts';

const PROGRAM = ['-m', 'tuning_trainer.trackers'] as const;
/** Milliseconds for all trackers of a run together: while it goes on, and at its end. */
const WITHIN_MS = { goesOn: 60_000, ended: 120_000 } as const;

const answerSchema = z.partialRecord(z.enum(TRACKERS), z.string().nullable());

/** @returns What went wrong, by tracker, in a sentence without secrets. */
export async function tellTrackers(request: TrackRequest, cancelSignal?: AbortSignal): Promise<TrackAnswer> {
  const { told, trackers, place, report } = request;
  const layout = runLayout(place.outputRoot, told.run);
  const environment = trackerEnvironment();
  const withoutSecrets = redactor(environment);
  const document = {
    ...told,
    trials: [...(await archivedTrials(request)), ...told.trials],
    root: layout.root,
    artifacts: report === null ? [] : filesOfReport(report),
    trackers,
  };
  const { ended } = told;
  const done = await execa(pythonExecutable(), [...PROGRAM], {
    cwd: PROJECT_ROOT,
    env: environment,
    extendEnv: false,
    input: JSON.stringify(document),
    timeout: ended ? WITHIN_MS.ended : WITHIN_MS.goesOn,
    killSignal: 'SIGKILL',
    reject: false,
    ...(cancelSignal ? { cancelSignal } : {}),
  });
  const answer = done.exitCode === 0 ? answerSchema.parse(JSON.parse(done.stdout)) : null;
  const why = done.timedOut
    ? `no answer within ${(ended ? WITHIN_MS.ended : WITHIN_MS.goesOn) / 1000} s`
    : done.stderr.trim().split('\n').at(-1)!.slice(0, 300) || 'its process was ended';
  const wanted = TRACKERS.filter((tracker) => trackers[tracker] !== undefined);
  const failed = wanted.flatMap((tracker) => {
    const wrong = answer ? (answer[tracker] ?? null) : why;
    return wrong === null ? [] : [[tracker, withoutSecrets(wrong)]];
  });
  return { failed: Object.fromEntries(failed) };
}

/** Of a long run; what its archive here does not have was told of before it was put away. */
async function archivedTrials({ archived, place, told }: TrackRequest): Promise<TrackedTrial[]> {
  if (!archived) return [];
  const { trials } = await readArchive(runLayout(place.outputRoot, told.run));
  return trials.map((trial) => trackedTrial(archived, trial));
}

/** Markdown and HTML of the report; those that are not there are left out by whoever reads them. */
function filesOfReport(report: string): string[] {
  const markdown = path.resolve(PROJECT_ROOT, report);
  return [markdown, markdown.replace(/\.md$/, '.html')];
}

/**
 * The trainer's environment with what MLflow's client needs to be let in, also from `.env` as it is now: this process alone
 * gets it. W&B writes files and Trackio a database, which need no key.
 */
function trackerEnvironment(): Record<string, string> {
  const ofMlflow = Object.entries({ ...process.env, ...readEnvironmentFile(ENV_FILE) }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0].startsWith('MLFLOW_'),
  );
  return { ...pythonEnvironment(), ...Object.fromEntries(ofMlflow) };
}

/** The trackers whose packages are not installed here. */
export async function withoutPackages(trackers: readonly Tracker[]): Promise<Tracker[]> {
  const { stdout } = await execa(pythonExecutable(), [...PROGRAM, '--check', ...trackers], {
    cwd: PROJECT_ROOT,
    env: pythonEnvironment(),
    extendEnv: false,
  });
  const missing = z.array(z.enum(TRACKERS)).parse(JSON.parse(stdout));
  return trackers.filter((tracker) => missing.includes(tracker));
}

/** Names of settings and trackers for people: `MLFLOW_TRACKING_URI (MLflow)`. */
export const trackersForPeople = (trackers: readonly Tracker[]): string =>
  trackers.map((tracker) => `${TRACKER_SETTINGS[tracker].setting} (${TRACKER_SETTINGS[tracker].name})`).join(', ');
