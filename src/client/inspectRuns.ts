/** `runs`, `show`, `report`, `decide`, `attach`: commands about runs that exist. */
import Table from 'cli-table3';
import { formatsOf } from '../domain/formats.ts';
import { progressOf } from '../domain/progress.ts';
import { trialTitle, trialVerdict } from '../domain/trialWords.ts';
import { Refused, decideOn } from '../runs/deciding.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { bestText, findRun, knownRuns, openSources, rowOf, serverFor, stateOf } from '../runs/knownRuns.ts';
import type { KnownRun, Sources } from '../runs/knownRuns.ts';
import { runView } from '../runs/runView.ts';
import { runUrl } from '../runs/server.ts';
import { proposerWord, statusWord } from '../runs/statusWords.ts';
import { UserError } from '../runs/userError.ts';
import { diskBytes } from '../training/diskUse.ts';
import { runLayout } from '../training/layout.ts';
import { detailsOf, meantKey, typedDecision } from './decisionArguments.ts';
import { closingLines } from './terminal/ending.ts';
import { labelled, viewOf } from './terminal/view.ts';
import { createScreen, formatBytes, plain } from './screen.ts';
import { followToEnd } from './startRun.ts';
import { t, translated } from '../words/catalogue.ts';
import type { Language } from '../words/catalogue.ts';

/** Chooses among all runs; commands that read need no server, and say when they have none. */
async function choose(typed: string | undefined): Promise<{ known: KnownRun; sources: Sources }> {
  const sources = await openSources();
  return { known: findRun(await knownRuns(sources), typed), sources };
}

function tellWithoutServer({ problem, outputRoot }: Sources): void {
  if (problem)
    process.stderr.write(`${t`${translated(problem.message)}. This is what is on the disk (${outputRoot}).`}\n`);
}

export async function attach(run: string | undefined, { json = false }: { json?: boolean }): Promise<number> {
  const { known, sources } = await choose(run);
  const server = serverFor(known, sources);
  const screen = createScreen(json ? process.stderr : process.stdout);
  screen.line(t`Following ${known.run}`);
  return followToEnd(server, known.workflowId, screen, json);
}

export async function runs({ json = false }: { json?: boolean }): Promise<number> {
  const sources = await openSources();
  tellWithoutServer(sources);
  const rows = await Promise.all(
    (await knownRuns(sources)).map(async (known) => ({
      ...rowOf(known, sources),
      bytes: await bytesOf(known, sources),
    })),
  );
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else if (rows.length === 0) process.stdout.write(`${t`There is no run yet: start one with npm run start-run`}\n`);
  else {
    const head = [t`run`, t`status`, t`tuning`, t`best`, t`started`, t`disk`];
    const table = new Table({ head, style: { head: [], border: [] } });
    rows.forEach((row) =>
      table.push([
        row.run,
        statusWord(row.status),
        statusWord(row.tuning ?? '–'),
        bestText(row),
        row.started,
        formatBytes(row.bytes),
      ]),
    );
    process.stdout.write(`${table.toString()}\n`);
  }
  return EXIT.done;
}

export async function show(run: string | undefined, { json = false }: { json?: boolean }): Promise<number> {
  const { known, sources } = await choose(run);
  tellWithoutServer(sources);
  const state = await stateOf(known, sources);
  const bytes = await bytesOf(known, sources);
  if (json) {
    const webUi = sources.server && known.info ? runUrl(sources.server, known.workflowId) : null;
    process.stdout.write(`${JSON.stringify(runView(state, { webUi, bytes }))}\n`);
    return EXIT.done;
  }
  const table = new Table({
    head: [t`trial`, t`tried`, t`round`, t`score`, 'Δ', t`decision`, t`by`],
    style: { head: [], border: [] },
  });
  const { formatScore, formatDelta } = formatsOf(state);
  state.trials.forEach((trial) =>
    table.push([
      trial.number,
      translated(trialTitle(trial, state.trials)),
      trial.round ?? '–',
      formatScore(trial.result?.score),
      formatDelta(trial.delta),
      translated(trialVerdict(trial)),
      proposerWord(trial.proposedBy),
    ]),
  );
  const view = viewOf(process.stdout);
  const lines = [...labelled(t`disk`, formatBytes(bytes), view), ...closingLines(progressOf(state), view)];
  process.stdout.write(`${table.toString()}\n${lines.join('\n')}\n`);
  return EXIT.done;
}

const bytesOf = ({ run, folder }: KnownRun, { outputRoot }: Sources): Promise<number> | number =>
  folder ? diskBytes([runLayout(outputRoot, run).root]) : 0;

export interface ReportWishes {
  /** Its language; else REPORT_LANGUAGE of the run. */
  lang?: Language;
  pdf?: boolean;
}

/** Writes a run's report again, from its history or its record. */
export async function report(run: string | undefined, { lang, pdf = false }: ReportWishes): Promise<number> {
  const { known, sources } = await choose(run);
  tellWithoutServer(sources);
  // Here, since the charts' library is half of what every command would take to start.
  const { writeReportFiles } = await import('../reports/writeReport.ts');
  const { NoBrowser, PrintingFailed } = await import('../reports/pdf.ts');
  try {
    const state = await stateOf(known, sources);
    const written = await writeReportFiles(state, {
      workflowId: known.workflowId,
      pdf,
      ...(lang ? { language: lang } : {}),
    });
    for (const file of [written.path, ...(written.pdf ? [written.pdf] : [])]) process.stdout.write(`${file}\n`);
    return EXIT.done;
  } catch (error) {
    if (error instanceof NoBrowser)
      throw new UserError(
        error.named === null
          ? t`The report is written, but not as PDF: that needs Chromium or Chrome, and none was found on the PATH. Install one (Debian: apt-get install chromium fonts-noto-cjk), or let CHROMIUM_PATH name it.`
          : t`The report is written, but not as PDF: CHROMIUM_PATH names ${error.named}, which is no program.`,
        1,
      );
    if (error instanceof PrintingFailed)
      throw new UserError(t`The report is written, but not as PDF: ${error.browser} failed (${error.reason}).`, 1);
    throw error;
  }
}

export async function decide(run: string, word: string, assignment: string | undefined): Promise<number> {
  const decision = typedDecision(word);
  const { known, sources } = await choose(run);
  try {
    const { message, ofKey } = await decideOn(known, sources, { decision, ...detailsOf(decision, assignment) });
    if (ofKey !== null) process.stdout.write(`${ofKey}\n`);
    process.stdout.write(`${translated(plain(message))}\n`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new UserError(t`refused: ${translated(error.why)}${meantKey(error.why, assignment)}`);
  }
}
