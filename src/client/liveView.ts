/** The words of a run in progress: the live block, and the line that each finished step leaves. */
import { formatValue, formatsOf } from '../domain/formats.ts';
import { CORRELATION, metricWords } from '../domain/metric.ts';
import type { Metric } from '../domain/metric.ts';
import { firstText, leftText } from '../domain/estimateWords.ts';
import { heldBy } from '../domain/predictions.ts';
import type { RunProgress } from '../domain/progress.ts';
import { trialTitle, trialVerdict } from '../domain/trialWords.ts';
import type { ScoredTrial, Trial, Values } from '../domain/trials.ts';
import type { TrainingPointer } from '../training/watch.ts';
import { plain, styled } from './screen.ts';

const BAR_WIDTH = 24;
const PHASE_WORDS: Record<RunProgress['phase'], string> = {
  preparing: 'checking trainer, data, model and adviser',
  baseline: 'training the default configuration',
  planning: 'planning',
  tuning: 'tuning',
  confirming: 'confirming: default, winner and untouched model on held-out data',
  publishing: 'publishing the model',
  summarising: 'summarising',
  reporting: 'writing the report',
  ended: 'ended',
};

/** The live block: what is trained now, how far, and the best so far; a line for each training at once. */
export function liveBlock(progress: RunProgress, pointers: readonly TrainingPointer[], elapsedSeconds: number): string {
  const { formatScore } = formatsOf(progress.metric ?? CORRELATION);
  const best = progress.best ? `best ${styled('green', formatScore(progress.best.score))}` : 'no score yet';
  const left = leftWords(progress, pointers);
  const head = `${styled('cyan', '●')} ${whereabouts(progress)} · ${best} · ${clock(elapsedSeconds)}${left ? ` · ${left}` : ''}`;
  const running = pointers.filter(({ totalSteps }) => totalSteps);
  const named = running.length > 1;
  return [head, ...running.map((pointer) => `  ${named ? nameOf(pointer) : ''}${trainingLine(pointer)}`)].join('\n');
}

/** What is left by the newest estimate, less what has been trained since. */
function leftWords({ estimate }: RunProgress, pointers: readonly TrainingPointer[]): string {
  const left = estimate?.left?.seconds;
  if (!left) return '';
  const since = Math.max(0, ...pointers.map(({ trainSeconds }) => trainSeconds));
  const less = (seconds: number) => Math.max(0, seconds - since);
  return leftText({ seconds: { low: less(left.low), middle: less(left.middle), high: less(left.high) } }).en;
}

/** What a run will take and what its data can show: told once, before its first training. */
export function expectationLines({ estimate, visible }: RunProgress): string[] {
  return [
    ...(estimate ? [firstText(estimate.first).en] : []),
    // Data that are too few are among the notes.
    ...(visible && !visible.hopeless
      ? [styled('dim', `${visible.text.en[0]!.toUpperCase()}${visible.text.en.slice(1)}`)]
      : []),
  ];
}

const nameOf = ({ number }: TrainingPointer): string => (number === undefined ? '' : `trial ${number}  `);

function whereabouts({ phase, key, round, roundsPerKey, search, baseline, metric }: RunProgress): string {
  if (phase === 'baseline' && baseline) return 'measuring noise: the default with other seeds';
  // An own training, whose metric alone is free, has no untouched model.
  if (phase === 'confirming' && metric?.scale === 'free') return 'confirming: default and winner on held-out data';
  if (phase !== 'tuning') return PHASE_WORDS[phase];
  const inHand = key ? `${key}, round ${round} of ${roundsPerKey}` : 'tuning whichever key promises most';
  return `${inHand} · ${search.spent} of ${search.pool} trainings used`;
}

function trainingLine(pointer: TrainingPointer): string {
  const share = Math.min(1, pointer.step / pointer.totalSteps!);
  const filled = Math.round(share * BAR_WIDTH);
  const parts = [
    `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} step ${pointer.step}/${pointer.totalSteps}`,
    pointer.epoch === null ? '' : `epoch ${pointer.epoch.toFixed(2)}`,
    pointer.loss === null ? '' : `loss ${pointer.loss.toFixed(3)}`,
    pointer.learningRate === null ? '' : `lr ${pointer.learningRate.toExponential(1)}`,
    pointer.pairsPerSecond === null ? '' : `${pointer.pairsPerSecond.toFixed(0)} pairs/s`,
    pointer.etaSeconds === null ? '' : `${clock(pointer.etaSeconds)} left`,
    pointer.phase === 'train' ? '' : pointer.phase,
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Which rows the run uses, and how many. */
export function dataLine({ data }: RunProgress): string | null {
  if (!data) return null;
  const [train, dev, test] = [data.train, data.dev, data.test].map((rows) =>
    rows === 0 ? 'an unknown number' : (rows?.toLocaleString('en-US') ?? 'none'),
  );
  return `Data: ${plain(data.source)}: ${train} rows to train on, ${dev} for the score, ${test} held out`;
}

/** The line that a finished trial leaves, with what was expected and the reason below it. */
export function trialLines(trial: Trial, metric: Metric = CORRELATION): string[] {
  const { formatScore, formatDelta } = formatsOf(metric);
  const mark = trial.failure ? styled('red', '✗') : trial.accepted ? styled('green', '✓') : '·';
  const outcome = trial.result
    ? `score ${formatScore(trial.result.score)} (Δ ${formatDelta(trial.delta)}), ${trialVerdict(trial)}, ${secondsOf(trial.result)}`
    : `${trialVerdict(trial)}: ${plain(trial.failure?.message ?? '')}`;
  const lines = [
    `${mark} trial ${trial.number}  ${trialTitle(trial)}${trial.round ? `  [round ${trial.round}]` : ''}  ${outcome}`,
  ];
  if (trial.reason && REASONED.has(trial.purpose))
    lines.push(styled('dim', `    ${trial.proposedBy}: ${plain(trial.reason.en)} ${plain(trial.reason.zh)}`));
  const expected = expectedLine(trial, metric);
  return expected ? [...lines, styled('dim', `    ${expected}`)] : lines;
}

const REASONED: ReadonlySet<Trial['purpose']> = new Set(['round', 'repeat']);

const secondsOf = ({ from, trainSeconds }: ScoredTrial['result']): string =>
  from ? `taken from ${plain(from)}` : `${trainSeconds.toFixed(0)} s`;

/** What was expected before the training, where the score missed it. */
function expectedLine(trial: Trial, metric: Metric): string | null {
  const { formatEnds } = formatsOf(metric);
  const missed = (['byModel', 'byAdviser'] as const).filter((by) => heldBy(trial, by) === false);
  if (missed.length === 0) return null;
  const parts = missed.map((by) => {
    const ends = formatEnds(trial.predicted![by]!).join(' to ');
    return `the ${by === 'byModel' ? 'search model' : 'adviser'} expected ${ends}`;
  });
  return `outside: ${parts.join('; ')}`;
}

/** What a run came to, verdict first, for the end of the command. */
export function closingLines(progress: RunProgress): string[] {
  const { baseline, best, confirmation, verdict, untouched } = progress;
  const { metric = CORRELATION } = progress;
  const { formatScore } = formatsOf(metric);
  const heldOut = (score: number | undefined) => (score === undefined ? '' : `   held-out ${formatScore(score)}`);
  const lines = verdict ? [styled(VERDICT_STYLES[verdict.verdict ?? 'none'], plain(verdict.line.en, 600))] : [];
  lines.push(
    `${progress.status === 'completed' ? styled('green', 'Run completed') : `Run ${progress.status}`}${progress.endedEarly ? `: ${plain(progress.endedEarly)}` : ''}`,
    ...adviserLines(progress),
    ...timeLines(progress),
  );
  if (metric.scale === 'free') lines.push(`  score                   ${metricWords(metric).en}`);
  if (typeof untouched === 'number')
    lines.push(
      `  untouched model         ${formatScore(untouched)}${heldOut(confirmation?.untouched)}${progress.untouchedModel ? `   ${plain(progress.untouchedModel)}` : ''}`,
    );
  if (baseline)
    lines.push(`  default configuration   ${formatScore(baseline.score)}${heldOut(confirmation?.baseline)}`);
  if (best)
    lines.push(
      `  best configuration      ${formatScore(best.score)}${heldOut(confirmation?.best)}`,
      `    ${settingsOf(best.values)}`,
    );
  if (progress.bestModel) lines.push(`  best model   ${progress.bestModel} (also best_overall_model)`);
  if (progress.report) lines.push(`  report       ${progress.report} (and .html)`);
  if (verdict) lines.push(`  next         ${plain(verdict.next.en, 600)}`);
  return lines;
}

/** `time  6 min 20 s; at first: …`, or what is left of a run that goes on. */
function timeLines({ estimate, status }: RunProgress): string[] {
  if (!estimate) return [];
  const { first, left, tookSeconds } = estimate;
  const said = firstText(first).en;
  if (status === 'running') return left ? [`  time         ${leftText(left).en}; at first: ${said}`] : [];
  return tookSeconds === null ? [] : [`  time         ${clock(tookSeconds)}; at first: ${said}`];
}

const VERDICT_STYLES = { better: 'green', not_distinguishable: 'yellow', worse: 'red', none: 'yellow' } as const;

const settingsOf = (values: Values): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${formatValue(value)}`)
    .join(' ');

/** Who advised; a run that no language model advised is not simply completed. */
function adviserLines({ status, advised, adviser, languageModel }: RunProgress): string[] {
  if (status === 'running') return [];
  const { byModel, bySearch, byLocalOptimiser, byPerson, byEarlierRun, rounds } = advised;
  const closed = languageModel?.closed ? [styled('yellow', `  it was left alone: ${plain(languageModel.closed)}`)] : [];
  if (byModel > 0)
    return [`  rounds advised by the language model: ${byModel} of ${rounds}${askedText(languageModel)}`, ...closed];
  const by = [
    bySearch > 0 ? `${bySearch} by the search model` : '',
    byLocalOptimiser > 0 ? `${byLocalOptimiser} by the local optimiser (before release 0.4)` : '',
    byPerson > 0 ? `${byPerson} by a person` : '',
    byEarlierRun > 0 ? `${byEarlierRun} by earlier runs` : '',
  ].filter(Boolean);
  const line = `  no round was advised by a language model${by.length > 0 ? `: ${by.join(', ')}` : ''}`;
  return adviser?.kind === 'openai' ? [styled('yellow', `${line}${askedText(languageModel)}`), ...closed] : [line];
}

/** `, asked 7 times, 2 without an answer in time, waited 34 s`; nothing where it is not known. */
function askedText(share: RunProgress['languageModel'] | undefined): string {
  if (!share) return '';
  const late = share.timeOuts > 0 ? `, ${share.timeOuts} without an answer in time` : '';
  return `, asked ${share.attempts} times${late}, waited ${share.waitedSeconds.toFixed(0)} s`;
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`
    : `${minutes}:${String(whole % 60).padStart(2, '0')}`;
}
