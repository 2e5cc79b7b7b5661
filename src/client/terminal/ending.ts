/** The end of a run: figures, where its files are, and, last on the screen, the verdict with what to do next. */
import { firstText, leftText } from '../../domain/estimateWords.ts';
import { formatsOf } from '../../domain/formats.ts';
import { CORRELATION, metricWords } from '../../domain/metric.ts';
import type { RunProgress } from '../../domain/progress.ts';
import { PUBLISHED_WORDS } from '../../domain/verdict.ts';
import { t } from '../../words/catalogue.ts';
import { plain, styled } from '../screen.ts';
import { adviserLines } from './adviserShare.ts';
import { clock } from './marks.ts';
import { settingsText } from './questionCard.ts';
import { LOG, columns, copyable, isLog, labelled, wrapped } from './view.ts';
import type { View } from './view.ts';
import { failureText, named, reasonText, told } from './words.ts';

/** Where a run is to be seen; null: nowhere. */
export interface Addresses {
  webUi: string | null;
  dashboard: string | null;
}
export const NOWHERE: Addresses = { webUi: null, dashboard: null };

export function closingLines(progress: RunProgress, view: View = LOG, addresses: Addresses = NOWHERE): string[] {
  return [
    '',
    ...scoreTable(progress, view),
    ...(progress.best ? labelled(t`settings`, settingsText(progress.best.values), view) : []),
    ...statusLines(progress, view),
    ...adviserLines(progress, view),
    ...placeLines(progress, view, addresses),
    ...verdictLines(progress, view),
  ];
}

/** Scores of untouched model, default and best, on dev and on held-out data. */
function scoreTable({ metric = CORRELATION, ...progress }: RunProgress, view: View): string[] {
  const { baseline, best, confirmation, untouched, untouchedModel } = progress;
  const { formatScore } = formatsOf(metric);
  const rows: string[][] = [];
  const narrow = view.width < 46;
  if (typeof untouched === 'number')
    rows.push([
      narrow ? t`untouched` : t`untouched model`,
      formatScore(untouched),
      formatScore(confirmation?.untouched),
    ]);
  if (baseline)
    rows.push([
      narrow ? t`default` : t`default configuration`,
      formatScore(baseline.score),
      formatScore(confirmation?.baseline),
    ]);
  // A default that stayed has its row.
  if (best && best.trial !== baseline?.trial)
    rows.push([narrow ? t`best` : t`best configuration`, formatScore(best.score), formatScore(confirmation?.best)]);
  if (rows.length === 0) return [];
  const head = ['', t`dev score`, t`held-out`].map((text) => (text ? styled('dim', text) : text));
  return [
    ...columns([head, ...rows], ['left', 'right', 'right']).map((line) => `  ${line}`),
    '',
    ...(metric.scale === 'free' ? labelled(t`score`, reasonText(metricWords(metric)), view) : []),
    ...(untouchedModel ? copyable(t`untouched`, plain(untouchedModel), view) : []),
  ];
}

function statusLines({ status, endedEarly, estimate }: RunProgress, view: View): string[] {
  const word = status === 'completed' ? styled('green', t`completed`) : statusText(status);
  const took = estimate?.tookSeconds;
  const first = estimate && reasonText(firstText(estimate.first));
  const lines = labelled(t`run`, typeof took === 'number' ? `${word} · ${clock(took)}` : word, view);
  // The banner of a run that failed tells it.
  if (endedEarly && status !== 'failed') lines.push(...labelled(t`because`, told(endedEarly), view));
  if (status === 'running' && estimate?.left)
    lines.push(...labelled(t`time`, `${reasonText(leftText(estimate.left))}; ${named(t`at first`, first!)}`, view));
  return typeof took === 'number' ? [...lines, ...labelled(t`expected`, first!, view)] : lines;
}

function statusText(status: RunProgress['status']): string {
  switch (status) {
    case 'running':
      return t`running`;
    case 'completed':
      return t`completed`;
    case 'stopped':
      return t`stopped`;
    case 'cancelled':
      return t`cancelled`;
    case 'failed':
      return t`failed`;
  }
}

function placeLines({ bestModel, report }: RunProgress, view: View, { webUi, dashboard }: Addresses): string[] {
  const place = (name: string, where: string | null, aside = '') => (where ? copyable(name, where, view, aside) : []);
  return [
    ...place(t`model`, bestModel, t`(also best_overall_model)`),
    ...place(t`report`, report, t`(and .html)`),
    ...place('Web UI', webUi),
    ...place(t`dashboard`, dashboard),
  ];
}

type Found = 'better' | 'not_distinguishable' | 'worse' | 'unconfirmed' | 'default' | 'failed';

const STYLES = {
  better: 'green',
  not_distinguishable: 'yellow',
  worse: 'red',
  unconfirmed: 'yellow',
  default: 'yellow',
  failed: 'red',
} as const;

const MARKS: Record<Found, string> = {
  better: '✓',
  not_distinguishable: '≈',
  worse: '▼',
  unconfirmed: '?',
  default: '=',
  failed: '✗',
};

/** Between rules of its colour, in words of its own: nobody is to take a worse model for a better one. */
function verdictLines(progress: RunProgress, view: View): string[] {
  const { verdict, status, endedEarly, failureKind, published } = progress;
  const failed = status === 'failed' ? failedLines(endedEarly, failureKind, view) : [];
  if (!verdict) return failed;
  const found: Found = verdict.verdict ?? (verdict.defaultWon ? 'default' : 'unconfirmed');
  const model = published ? reasonText(PUBLISHED_WORDS[published.what]) : null;
  const head = model ? `${headline(found)} · ${named(t`published`, model)}` : headline(found);
  return [...banner(found, head, reasonText(verdict.line), reasonText(verdict.next), view), ...failed];
}

/** Why a run failed, and what to do: the end of one that has nothing to show. */
export function failedLines(reason: string | null, kind: string | null, view: View = LOG): string[] {
  const next =
    kind === 'data'
      ? t`Mend what is named above, then start it again. ${'npm run check-data -- FILE'} lists everything that is wrong with a file.`
      : kind === 'bad_config'
        ? t`Mend what is named above, then start it again.`
        : t`Start it again when the reason is gone: trainings that finished are not trained again (REUSE_TRIALS).`;
  return banner('failed', headline('failed'), failureText(kind, reason), next, view);
}

function headline(found: Found): string {
  switch (found) {
    case 'better':
      return t`BETTER than the default`;
    case 'worse':
      return t`WORSE than the default`;
    case 'not_distinguishable':
      return t`NOT DISTINGUISHABLE from the default`;
    case 'default':
      return t`THE DEFAULT STAYS: nothing better was found`;
    case 'unconfirmed':
      return t`NOT CONFIRMED on held-out data`;
    case 'failed':
      return t`THE RUN FAILED`;
  }
}

function banner(found: Found, head: string, line: string, next: string, view: View): string[] {
  const style = STYLES[found];
  const rule = isLog(view) ? '' : styled(style, '━'.repeat(view.width));
  const title = styled([style, 'bold'], `${MARKS[found]} ${head}`);
  return [
    rule,
    ...(isLog(view)
      ? [title]
      : wrapped(`${MARKS[found]} ${head}`, view, 2).map((text) => `  ${styled([style, 'bold'], text)}`)),
    ...wrapped(line, view, 2).map((text) => `  ${text}`),
    '',
    ...labelled(styled('bold', t`next`), next, view),
    ...(rule ? [rule] : []),
  ];
}
