/** Where a run keeps what: the one place that knows the folders under OUTPUT_DIR_ROOT. */
import path from 'node:path';
import { runNameSchema } from '../domain/fields.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';

export interface RunLayout {
  root: string;
  trials: string;
  trial: (id: string) => string;
  /** One file per adviser call: the journal that makes a paid reply survive a crash. */
  adviser: string;
  bestModel: string;
  /** Of the mini-training at the start, while it lasts. */
  timing: string;
  /** Points to the newest run's best model, beside OUTPUT_DIR_ROOT: at the project's root by default. */
  newestBestModel: string;
  logs: string;
  /** A line for each activity that was begun again, or whose store was away; see `SecondAttempt`. */
  secondAttempts: string;
  /** The run's whole state, for the time when the server has forgotten it; see `runRecord.ts`. */
  record: string;
  /** What a long run does not carry with it any more; see `archiveFile.ts`. */
  archive: string;
  /** Notes of people; see `notesFile.ts`. */
  notes: string;
}

/**
 * An activity that was begun again: `what` is the trial or the adviser call, `at` ISO 8601. With a `note` it went on in
 * spite of what that tells.
 */
export interface SecondAttempt {
  at: string;
  activity: string;
  attempt: number;
  what?: string;
  note?: string;
}

/**
 * Folders of one run.
 *
 * @throws Error when the name could leave OUTPUT_DIR_ROOT.
 */
export function runLayout(outputRoot: string, run: string): RunLayout {
  const root = path.join(path.resolve(PROJECT_ROOT, outputRoot), runNameSchema.parse(run));
  return {
    root,
    trials: path.join(root, 'trials'),
    trial: (id) => path.join(root, 'trials', runNameSchema.parse(id)),
    adviser: path.join(root, 'adviser'),
    timing: path.join(root, 'timing'),
    bestModel: path.join(root, 'best_overall_model'),
    newestBestModel: path.join(path.dirname(path.resolve(PROJECT_ROOT, outputRoot)), 'best_overall_model'),
    logs: path.join(root, 'logs'),
    secondAttempts: path.join(root, 'second-attempts.jsonl'),
    record: path.join(root, 'run.json'),
    archive: path.join(root, 'archive.jsonl'),
    notes: path.join(root, 'notes.json'),
  };
}
