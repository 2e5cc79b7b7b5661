/** The lines that a finished trial leaves: they stay, above the live block. */
import stringWidth from 'string-width';
import type { AdviserFacts } from '../../domain/adviserFacts.ts';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import { CORRELATION } from '../../domain/metric.ts';
import type { Metric } from '../../domain/metric.ts';
import { heldBy } from '../../domain/predictions.ts';
import type { Remedy, ScoredTrial, Trial, Values } from '../../domain/trials.ts';
import { t } from '../../words/catalogue.ts';
import { plain, styled } from '../screen.ts';
import { LOG, fitted, isLog, padded, paddedStart, wrapped } from './view.ts';
import type { View } from './view.ts';
import { byText, listed, named, reasonText, titleText, told, verdictText } from './words.ts';

const INDENT = 6;
/** Columns that verdict and round need; below `MEDIUM` figures are below what was tried. */
const WIDE = 84;
const MEDIUM = 52;
/** Widths of columns. */
const [SCORE, DELTA, VERDICT, SECONDS] = [8, 9, 15, 7];

/** Of the run: who advises, and its trials, among which a confirmation tells whose it is. */
interface RunAround {
  adviser: AdviserFacts | null;
  trials: readonly Trial[];
}

/** What was tried and what came of it, what was expected where that was missed, what was mended, and the reason. */
export function trialLines(
  trial: Trial,
  metric: Metric = CORRELATION,
  view: View = LOG,
  { adviser, trials }: RunAround = { adviser: null, trials: [] },
): string[] {
  const title = titleText(trial, trials);
  const head = isLog(view) ? [logLine(trial, title, metric)] : rowLines(trial, title, metric, view);
  const below = [
    ...failureTexts(trial, view),
    ...remedyTexts(trial),
    expectedText(trial, metric),
    whyText(trial, adviser),
  ];
  return [
    ...head,
    ...below.flatMap((text) =>
      text ? wrapped(text, view, INDENT).map((line) => styled('dim', `${' '.repeat(INDENT)}${line}`)) : [],
    ),
  ];
}

function markOf({ failure, accepted }: Trial): string {
  if (failure) return styled(failure.kind === 'pruned' ? 'yellow' : 'red', '✗');
  return accepted ? styled('green', '✓') : '·';
}

/** `✓ trial 4  base configuration  score 0.7839 (Δ +0.1134), accepted, 39 s`. */
function logLine(trial: Trial, tried: string, metric: Metric): string {
  const { formatScore, formatDelta } = formatsOf(metric);
  const title = `${tried}${trial.round ? `  [${t`round ${trial.round}`}]` : ''}`;
  const outcome = trial.result
    ? t`score ${formatScore(trial.result.score)} (Δ ${formatDelta(trial.delta)}), ${verdictText(trial)}, ${secondsText(trial.result)}`
    : named(verdictText(trial), told(trial.failure?.message ?? ''));
  return t`${markOf(trial)} trial ${trial.number}  ${title}  ${outcome}`;
}

/**
 * The same in columns, of trials below each other: mark, number, what was tried; score, difference, verdict, seconds. A
 * narrow terminal has no room for the verdict, which the mark tells, too; what was tried may then take a line of its own.
 */
function rowLines(trial: Trial, tried: string, metric: Metric, { width }: View): string[] {
  const begin = `${markOf(trial)} ${String(trial.number).padStart(3)} `;
  const wide = width >= WIDE;
  const title = `${tried}${trial.round && wide ? ` · ${t`round ${trial.round}`}` : ''}`;
  const verdict = verdictText(trial);
  const figures = figuresText(trial, metric);
  const seconds = trial.result && !trial.result.from ? t`${trial.result.trainSeconds.toFixed(0)} s` : '';
  if (!trial.result && !wide) return [`${begin}${fitted(`${title}  ${verdict}`, width - INDENT)}`];
  if (width < MEDIUM)
    return [
      `${begin}${fitted(title, width - INDENT)}`,
      `${' '.repeat(INDENT)}${fitted(`${figures.trim()}  ${verdict}`, width - INDENT)}`,
    ];
  const end = `${figures}${wide ? `  ${padded(verdict, VERDICT)}` : ''}${paddedStart(seconds, SECONDS)}`;
  const room = width - INDENT - stringWidth(end);
  if (stringWidth(title) <= room) return [`${begin}${padded(title, room)}${end}`.trimEnd()];
  return [`${begin}${fitted(title, width - INDENT)}`, `${' '.repeat(INDENT + room)}${end}`.trimEnd()];
}

function figuresText({ result, delta }: Trial, metric: Metric): string {
  const { formatScore, formatDelta } = formatsOf(metric);
  if (!result) return ' '.repeat(SCORE + DELTA);
  return `${formatScore(result.score).padStart(SCORE)}${formatDelta(delta).padStart(DELTA)}`;
}

const secondsText = ({ from, trainSeconds }: ScoredTrial['result']): string =>
  from ? t`taken from ${plain(from)}` : t`${trainSeconds.toFixed(0)} s`;

/** What the row has no room for: why it failed, where the result comes from, what interrupted it. */
function failureTexts({ failure, result }: Trial, view: View): string[] {
  if (failure && !isLog(view)) return [told(failure.message)];
  if (!result) return [];
  return [
    ...(result.from && !isLog(view) ? [t`taken from ${plain(result.from)}`] : []),
    ...(result.resumedFrom.length > 0 ? [t`interrupted, and went on from step ${result.resumedFrom.join(', ')}`] : []),
    ...result.warnings.map(told),
  ];
}

const remedyTexts = ({ remedies }: Trial): string[] => remedies.map(remedyText);

/** `out of memory: TRAIN_BATCH_SIZE 32 → 16, GRAD_ACC_STEPS 1 → 2`. */
function remedyText({ before, after }: Remedy): string {
  const changes = Object.keys(after).map((key) => `${key} ${shown(before, key)} → ${shown(after, key)}`);
  return t`remedy for too little memory: ${changes.join(', ')}`;
}

const shown = (values: Values, key: string): string => formatValue(values[key]);

const REASONED: ReadonlySet<Trial['purpose']> = new Set(['round', 'repeat']);

const whyText = ({ reason, purpose, proposedBy }: Trial, adviser: AdviserFacts | null): string | null =>
  reason && REASONED.has(purpose) ? named(byText(proposedBy, adviser), reasonText(reason)) : null;

/** What was expected before the training, where the score missed it. */
function expectedText(trial: Trial, metric: Metric): string | null {
  const { formatEnds } = formatsOf(metric);
  const missed = (['byModel', 'byAdviser'] as const).filter((by) => heldBy(trial, by) === false);
  if (missed.length === 0) return null;
  const parts = missed.map((by) => {
    const [low, high] = formatEnds(trial.predicted![by]!);
    return by === 'byModel'
      ? t`the search model expected ${low} to ${high}`
      : t`the adviser expected ${low} to ${high}`;
  });
  return named(t`outside`, listed(parts));
}
