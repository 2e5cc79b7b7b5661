/** What the dashboard shows of runs: made from what the commands read, by what makes their `--json`. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import { viewForDecisions } from '../domain/decisionView.ts';
import { runNameSchema } from '../domain/fields.ts';
import type { ParameterSpace, ParameterValue } from '../domain/parameterSpace.ts';
import { incumbentOf } from '../domain/runTrials.ts';
import type { KnownRun, Sources } from '../runs/knownRuns.ts';
import { knownRuns, rowOf, standingOf, stateOf } from '../runs/knownRuns.ts';
import { layoutOf } from '../runs/runPlace.ts';
import type { RunView as ShownRun } from '../runs/runView.ts';
import { runView } from '../runs/runView.ts';
import type { Handle } from '../runs/sending.ts';
import { runUrl } from '../runs/server.ts';
import type { SentPointer, Trainings } from '../runs/trainingPointers.ts';
import { trainingsOf } from '../runs/trainingPointers.ts';
import type { ReadRecord } from '../training/runRecord.ts';
import { readRunRecord } from '../training/runRecord.ts';
import { metricOf } from '../domain/metric.ts';
import type { RunState } from '../domain/runState.ts';
import { shownOrNull } from '../domain/shownScores.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { runLayout } from '../training/layout.ts';
import type { RunLayout } from '../training/layout.ts';
import { readNotes } from '../training/notesFile.ts';
import type { Note } from '../training/notesFile.ts';
import type { tuningRun } from '../workflows/tuningRun.ts';
import { DiskUse } from './diskUse.ts';
import type { Reach } from './reach.ts';
import { TELLS_WITHIN_MS, serverAway } from './reach.ts';
import { cachedRecords } from './recordCache.ts';
import type { RunList } from './told.ts';

/** What `runs --json` prints. `gate`: a question of it waits for a person. */
export type RunRow = ReturnType<typeof rowOf> & { bytes: number; gate: boolean };

/** A key that a person may set or ask for. Values are those of configurations; null: there is none yet. */
export interface TunableKey {
  key: string;
  space: ParameterSpace;
  default: ParameterValue | null;
  /** Of the training that ended last. */
  current: ParameterValue | null;
  best: ParameterValue | null;
  /** Whether a value for it can be set now. */
  open: boolean;
}

export interface RunView extends ShownRun {
  /** Trainings that run now, as their last heartbeats told. */
  training: SentPointer[];
  /** Numbers of the trials in hand that wait for a slot. */
  waiting: number[];
  notesOfPeople: Note[];
  keys: TunableKey[];
  /** Where the report can be read; null while there is none. */
  reportUrl: string | null;
  /** What cannot be told now, and why: the server is away, no worker answers. Null: nothing. */
  problem: string | null;
}

/** A run that is not there. */
export class NoSuchRun extends Error {}

export class Runs {
  readonly #reach: Reach;
  readonly #records: ReadRecord = cachedRecords();
  readonly #disk = new DiskUse();

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  /** Every run, newest first; without the server those on the disk. */
  async list(): Promise<RunList> {
    const { known, sources } = await this.#known();
    const runs = await Promise.all(
      known.map(async (one) => {
        const row = rowOf(one, sources);
        return { ...row, bytes: await this.#bytes(one, sources), gate: waitsForPerson(one, row.tuning) };
      }),
    );
    return { runs, problem: sources.problem?.message ?? null };
  }

  /** All that a page of one run shows. */
  async view(found: FoundRun): Promise<RunView> {
    const { known, sources, state } = found;
    const { run } = known;
    const { server } = sources;
    const webUi = server && known.info ? runUrl(server, known.workflowId) : null;
    const [trainings, notesOfPeople, report, bytes] = await Promise.all([
      this.trainings(found),
      readNotes(found.layout),
      reportOf(state),
      this.#disk.lately(found.layout.root, standingOf(known) === 'ended'),
    ]);
    return {
      ...runView(state, { webUi, bytes }),
      training: trainings.running,
      waiting: trainings.waiting,
      notesOfPeople,
      keys: keysOf(state),
      reportUrl: report && `/api/runs/${run}/report`,
      problem: found.problem,
    };
  }

  /** The run of exactly this name. @throws NoSuchRun; UserError when neither server nor disk can tell its state. */
  async found(run: string): Promise<FoundRun> {
    const { known, sources } = await this.known(run);
    let problem = sources.problem?.message ?? null;
    const read = () => stateOf(known, sources, (line) => (problem = line));
    const connection = sources.server?.client.connection;
    const state = await (connection ? connection.withDeadline(Date.now() + TELLS_WITHIN_MS, read) : read());
    return { known, sources, state, layout: await layoutOf(state, sources), problem };
  }

  /**
   * The same without its state, which a worker may have to be asked for.
   *
   * @throws NoSuchRun; UserError when the server is away and the disk does not have the run: the server may know it.
   */
  async known(run: string): Promise<{ known: KnownRun; sources: Sources }> {
    const none = new NoSuchRun(`there is no run ${run.slice(0, 100)}`);
    if (!runNameSchema.safeParse(run).success) throw none;
    const { known, sources } = await this.#known();
    const one = known.find((each) => each.run === run);
    if (!one) throw sources.problem ?? none;
    // Lists have records in short.
    const record = one.record && (await readRunRecord(sources.outputRoot, run));
    return { known: { ...one, record }, sources };
  }

  /** Its trainings that run now, and those that wait; none while the server is away. */
  async trainings({ known, sources, state }: Pick<FoundRun, 'known' | 'sources' | 'state'>): Promise<Trainings> {
    const handle = handleOf(known, sources);
    if (!handle || standingOf(known) !== 'running') return { running: [], waiting: [] };
    const description = await handle.client.connection
      .withDeadline(Date.now() + TELLS_WITHIN_MS, () => handle.describe())
      .catch(() => null);
    const metric = metricOf(state);
    const { running, waiting } = await trainingsOf(handle.client, description, state.inHand);
    const shown = running.map((pointer) => ({ ...pointer, devScore: shownOrNull(metric, pointer.devScore) }));
    return { running: shown, waiting };
  }

  async #known(): Promise<{ known: KnownRun[]; sources: Sources }> {
    const sources = await this.#reach.sources();
    const read = (from: Sources) => knownRuns(from, this.#records);
    if (!sources.server) return { known: await read(sources), sources };
    try {
      const { connection } = sources.server.client;
      const known = await connection.withDeadline(Date.now() + TELLS_WITHIN_MS, () => read(sources));
      return { known, sources };
    } catch {
      this.#reach.doubt();
      const now = await this.#reach.sources();
      // It may answer whether it is there, and not what it has.
      const disk = { ...now, server: null, problem: now.problem ?? serverAway(sources.server) };
      return { known: await read(disk), sources: disk };
    }
  }

  #bytes(known: KnownRun, { outputRoot }: Sources): Promise<number> {
    if (!known.folder) return Promise.resolve(0);
    return this.#disk.lately(runLayout(outputRoot, known.run).root, standingOf(known) === 'ended');
  }
}

export interface FoundRun {
  known: KnownRun;
  sources: Sources;
  state: RunState;
  layout: RunLayout;
  problem: string | null;
}

/** Null: the server is away, or does not know the run. */
export const handleOf = ({ info, workflowId }: KnownRun, { server }: Sources): Handle | null =>
  info && server ? server.client.workflow.getHandle<typeof tuningRun>(workflowId) : null;

/** The word that the run shows on the server while a question is open. */
const WAITING = 'waiting';

function waitsForPerson(known: KnownRun, tuning: string | null): boolean {
  if (standingOf(known) === 'running') return tuning === WAITING;
  return standingOf(known) === 'unknown' && known.record?.state.inbox.gate != null;
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** The report as HTML; null while there is none on this machine. */
export async function reportOf({ report }: Pick<RunState, 'report'>): Promise<string | null> {
  if (report === null) return null;
  const file = path.resolve(PROJECT_ROOT, report).replace(/\.md$/, '.html');
  return file.endsWith('.html') && (await isThere(file)) ? file : null;
}

function keysOf(state: RunState): TunableKey[] {
  const { spaces, rhythms = {}, openKeys, stage } = viewForDecisions(state, { anyKey: true });
  const [last, best] = [state.trials.at(-1), incumbentOf(state)];
  const defaults = state.config.DEFAULT_CONFIG as unknown as Record<string, ParameterValue>;
  const set = state.inbox.rhythms ?? {};
  return Object.entries({ ...spaces, ...rhythms }).map(([key, space]) => ({
    key,
    space,
    default: defaults[key] ?? null,
    current: last?.values[key] ?? set[key] ?? null,
    best: best?.values[key] ?? set[key] ?? null,
    open: stage === 'tuning' && (openKeys.includes(key) || Object.hasOwn(rhythms, key)),
  }));
}
