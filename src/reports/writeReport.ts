/** The report of a run: Markdown, charts beside it, and the same as one HTML file. */
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { RunState } from '../domain/runState.ts';
import { dropLeftovers } from '../processes/leftovers.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { drawFigures, placeIn } from './charts/figures.ts';
import type { Figures } from './charts/figures.ts';
import { gatherFacts } from './facts.ts';
import type { ReportFacts } from './facts.ts';
import { toPrintedHtml, toStandaloneHtml } from './html.ts';
import type { Rendering } from './html.ts';
import { toMarkdownText } from './markdown.ts';
import { printPdf } from './pdf.ts';
import { sayIn } from './phrases.ts';
import type { ReportLanguage, Say } from './phrases.ts';
import { reportOf } from './report.ts';
import { claimedReportName } from './reportName.ts';

export interface ReportOptions {
  workflowId: string;
  /** Relative paths of REPORT_DIR start here. */
  root?: string;
  /** Another one than REPORT_LANGUAGE says. */
  language?: ReportLanguage;
  /** Also as PDF, printed by a Chromium of this machine. */
  pdf?: boolean;
}

/**
 * Writes the report; its name is the run's own, so writing it again replaces it. Returns the Markdown's path, and the
 * PDF's where it was asked for, relative to the root.
 *
 * @throws NoBrowser, or PrintingFailed, where a PDF was asked for; everything else is written by then.
 */
export async function writeReportFiles(
  state: RunState,
  {
    workflowId,
    root = PROJECT_ROOT,
    language = state.config.AGENT_SETTINGS.REPORT_LANGUAGE,
    pdf = false,
  }: ReportOptions,
): Promise<{ path: string; pdf?: string }> {
  const facts = await gatherFacts(state, workflowId);
  const folder = path.resolve(root, state.config.AGENT_SETTINGS.REPORT_DIR);
  const name = await claimedReportName(folder, state);
  const file = (ending: string) => path.join(folder, `${name}.${ending}`);
  await Promise.all([dropLeftovers(folder, `${name}.`), dropLeftovers(path.join(folder, name))]);

  const inBoth = language === 'mixed';
  const chinese = await rendered(facts, name, sayIn('zh', inBoth));
  const english = await rendered(facts, name, sayIn('en', inBoth));
  const own = inBoth ? await rendered(facts, name, sayIn('mixed')) : language === 'zh' ? chinese : english;
  for (const [chart, { svg }] of own.figures) await writeFileAtomic(path.join(folder, name, `${chart}.svg`), svg);
  await writeFileAtomic(file('html'), toStandaloneHtml({ run: state.run, language, zh: chinese, en: english }));
  await writeFileAtomic(file('md'), toMarkdownText(own.report));
  if (pdf) await printPdf(toPrintedHtml(state.run, own), file('pdf'));
  const shown = (ending: string) => path.relative(root, file(ending));
  return { path: shown('md'), ...(pdf ? { pdf: shown('pdf') } : {}) };
}

/** The report and its charts in the words of one reader. */
async function rendered(facts: ReportFacts, folder: string, say: Say): Promise<Rendering & { figures: Figures }> {
  const figures = await drawFigures(facts, say);
  const charts = new Map([...figures].map(([chart, { svg }]) => [`${folder}/${chart}.svg`, svg]));
  return { report: reportOf(facts, placeIn(folder, figures, say), say), figures, charts, language: say.language };
}
