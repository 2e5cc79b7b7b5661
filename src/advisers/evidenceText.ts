/** The evidence of a run in the words and tables of a prompt. */
import { formatValue, formatsOf } from '../domain/formats.ts';
import type { Interval, ScoreFormats } from '../domain/formats.ts';
import type { Metric } from '../domain/metric.ts';
import type { TaskWords } from '../domain/taskWords.ts';
import type { About } from '../domain/trajectory.ts';
import { CANDIDATE } from '../domain/proposals.ts';
import type { Evidence, EvidenceLine, ShownStudy } from '../domain/evidence.ts';
import type { TokenFacts } from '../domain/trainerFacts.ts';
import type { Values } from '../domain/trials.ts';
import { oneLine, table } from './tables.ts';

/** Placeholders of the prompts that need evidence; in the questions of runs that an earlier release began they are unknown. */
export function evidencePlaceholders(evidence: Evidence | undefined, { metric, words }: About): Record<string, string> {
  if (!evidence) return UNKNOWN;
  const { study, question, plan, reasons, data } = evidence;
  const { formatScore } = formatsOf(metric);
  const numbers = shortNumbers(metric);
  return {
    untouched: formatScore(evidence.untouched),
    noise: noiseText(evidence, numbers, words),
    evaluation: evaluationText(evidence, metric),
    shown: `${evidence.lines.length} of ${evidence.trainings}`,
    candidates: study ? candidatesTable(study, question?.candidates ?? 0, numbers) : 'none',
    key_outlook: study ? keysText(study, numbers) : 'none',
    outlook: outlookText(evidence, numbers),
    left: leftText(evidence),
    own_plan: plan ? `${plan.keys.join(', ')} (${oneLine(plan.reason)})` : 'none yet',
    own_reasons:
      reasons.map(({ training, reason }) => `- training ${training}: ${oneLine(reason)}`).join('\n') || 'none yet',
    data_facts: dataText(data, words),
    choices: choicesText(evidence),
    held_out: heldOutText(evidence, numbers, words),
  };
}

function dataText(
  { trainRows, devRows, heldOutRows, texts, tokens, grades, warnings }: Evidence['data'],
  { rows, units }: TaskWords,
): string {
  return [
    `${rowsText(trainRows, rows.en)} to train on, ${rowsText(devRows, rows === units ? '' : units.en)} for the score, ${heldOutRows === null ? 'none' : rowsText(heldOutRows, '')} held out`,
    ...(texts
      ? [
          `sentences of ${texts.median} characters in the median, ${texts.p95} at the 95th of 100, ${texts.longest} at most`,
        ]
      : []),
    ...(tokens ? [tokenText(tokens)] : []),
    ...(grades ? [`grades (0 to 1): quartiles ${grades.map((grade) => grade.toFixed(2)).join(', ')}`] : []),
    ...warnings.map(oneLine),
  ].join('; ');
}

function tokenText({ median, p95, longest, limit, cut }: TokenFacts): string {
  const lengths = `${median} tokens in the median, ${p95} at the 95th of 100, ${longest} at most`;
  return limit === null
    ? lengths
    : `${lengths}; the model reads ${limit}, which cuts ${(100 * cut).toFixed(1)} % of them`;
}

const UNKNOWN: Record<string, string> = {
  ...Object.fromEntries(
    ['untouched', 'shown', 'candidates', 'key_outlook', 'outlook', 'left', 'own_plan', 'own_reasons'].map((name) => [
      name,
      'unknown',
    ]),
  ),
  data_facts: 'nothing more is known',
  choices: 'unknown',
  held_out: 'unknown',
  noise: '',
  evaluation: '',
};

/** Trainings with everything that is known of them. */
export function evidenceTable(lines: readonly EvidenceLine[], metric: Metric): string {
  const { formatScore, short, signed, interval, signedInterval } = shortNumbers(metric);
  // A metric beside the score has a column of its own kind: most trainings have none.
  const others = lines.some(({ metrics }) => metrics && Object.keys(metrics).length > 0);
  return table(
    [
      'training',
      'what',
      'by',
      'changed',
      'differs from the default',
      'score',
      'against the best (95 %)',
      'steps',
      'step:score',
      'best step',
      'loss',
      'cpu s',
      'predicted',
      'failure',
      ...(others ? ['other metrics'] : []),
    ],
    lines.map((line) => [
      String(line.number),
      line.what,
      line.by,
      line.changed.join(' ') || '–',
      valuesText(line.values) || '–',
      formatScore(line.score),
      line.difference ? `${signed(line.difference.mean)} (${signedInterval(line.difference)})` : '–',
      line.steps === null ? '–' : String(line.steps),
      line.looks.map(([step, score]) => `${step}:${short(score)}`).join(' ') || '–',
      line.bestStep === null ? '–' : String(line.bestStep),
      line.losses ? `${line.losses.first.toPrecision(3)} → ${line.losses.last.toPrecision(3)}` : '–',
      line.seconds === null ? '–' : line.seconds.toFixed(0),
      predictedText(line.predicted, interval),
      line.failure ? oneLine(line.failure) : '–',
      ...(others ? [metricsText(line.metrics)] : []),
    ]),
  );
}

interface ShortNumbers extends ScoreFormats {
  /** Three decimals, where the scale is known. */
  short: (score: number) => string;
  signed: (difference: number) => string;
  interval: (of: Interval) => string;
  signedInterval: (of: Interval) => string;
  spreadInterval: (of: Interval) => string;
}

/** A prompt pays for every digit: three decimals say enough of a score between 0 and 1. */
function shortNumbers(metric: Metric): ShortNumbers {
  const formats = formatsOf(metric);
  if (metric.scale === 'free') {
    const { formatScore, formatDelta, formatSpread, formatEnds, formatDeltaEnds } = formats;
    return {
      ...formats,
      short: formatScore,
      signed: formatDelta,
      interval: (of) => formatEnds(of).join(' to '),
      signedInterval: (of) => formatDeltaEnds(of).join(' to '),
      spreadInterval: ({ low, high }) => `${formatSpread(low)} to ${formatSpread(high)}`,
    };
  }
  const short = (score: number) => score.toFixed(3);
  const signed = (score: number) => `${score < 0 ? '−' : '+'}${Math.abs(score).toFixed(3)}`;
  const interval = ({ low, high }: Interval) => `${short(low)} to ${short(high)}`;
  const signedInterval = ({ low, high }: Interval) => `${signed(low)} to ${signed(high)}`;
  return { ...formats, short, signed, interval, signedInterval, spreadInterval: interval };
}

/** Rows that an own training does not tell of are none. */
const rowsText = (rows: number, name: string): string =>
  rows === 0 ? 'an unknown number' : `${rows}${name === '' ? '' : ` ${name}`}`;

const MOST_METRICS = 6;

/** `accuracy=0.9521 LATENCY_MS=12.3`, the first of them. */
const metricsText = (metrics: EvidenceLine['metrics']): string =>
  Object.entries(metrics ?? {})
    .slice(0, MOST_METRICS)
    .map(([name, value]) => `${name}=${value === null ? 'none' : formatValue(Number(value.toPrecision(4)))}`)
    .join(' ') || '–';

function predictedText({ byModel, byAdviser }: EvidenceLine['predicted'], interval: (of: Interval) => string): string {
  const said = [byModel && `search ${interval(byModel)}`, byAdviser && `you ${interval(byAdviser)}`].filter(Boolean);
  return said.join(', ') || '–';
}

export const valuesText = (values: Values): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${formatValue(rounded(value))}`)
    .join(' ');

/** Six digits say enough of a number that a search made up. */
const rounded = (value: string | number): string | number =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value;

/** The difference between two trainings that seed noise alone reaches in 5 % of cases. */
export const noticeableBy = ({ noise: { sd } }: Evidence): number | null =>
  sd === null ? null : 1.96 * Math.SQRT2 * sd;

function noiseText(evidence: Evidence, { formatSpread }: ScoreFormats, { units }: TaskWords): string {
  const { sd, repeats } = evidence.noise;
  if (sd === null) return 'How far the score of one configuration varies from seed to seed is not known yet.';
  const how =
    repeats > 0 ? `measured with ${repeats} repeats` : `not measured: estimated from the number of ${units.en}`;
  return `The score of one configuration varies from seed to seed with a standard deviation of ${formatSpread(sd)} (${how}); two trainings that differ by less than ${formatSpread(noticeableBy(evidence))} are not told apart.`;
}

function evaluationText(
  { evaluation: { loss, looks, batch, accumulation, precision } }: Evidence,
  metric: Metric,
): string {
  if (metric.scale === 'free') return 'The score of a training is what it reports of itself.';
  const best =
    looks === null ? 'the best of all its evaluations' : `the best of ${looks} looks at equal shares of its steps`;
  return `The score of a training is ${best}. Loss: ${loss}; default batch ${batch}, gradient accumulation ${accumulation}; number format ${precision}.`;
}

function candidatesTable(
  { base, candidates }: ShownStudy,
  mayBeChosen: number,
  { formatScore, formatSpread, interval }: ShortNumbers,
): string {
  const rows = candidates.map((candidate, index) => [
    index < mayBeChosen ? String(index + 1) : '–',
    valuesText(candidate.change),
    candidate.origin,
    `${formatScore(candidate.mean)} ± ${formatSpread(candidate.sd)}`,
    interval(candidate),
    candidate.chance.toFixed(2),
    formatSpread(candidate.gain),
    candidate.seconds === null ? '–' : candidate.seconds.toFixed(0),
  ]);
  const heading = `It builds on ${valuesText(base.values)}: mean ${formatScore(base.mean)} ± ${formatSpread(base.sd)} without noise.`;
  return `${heading}\n\n${table([CANDIDATE, 'change', 'origin', 'mean', 'one training (90 %)', 'chance to improve', 'expected gain', 'cpu s'], rows)}`;
}

const keysText = ({ keys }: ShownStudy, { formatSpread }: ScoreFormats): string =>
  Object.entries(keys)
    .map(
      ([key, { gain, worthwhile, untried }]) =>
        `${key} ${formatSpread(gain)}${worthwhile ? '' : ' (below noise)'}, ${untried} untried`,
    )
    .join('; ') || 'none';

function outlookText({ outlook }: Evidence, { formatSpread, spreadInterval }: ShortNumbers): string {
  if (!outlook) return 'unknown';
  const { possible, next, worthwhile } = outlook;
  return `${formatSpread(possible.mean)} (${spreadInterval(possible)}) may still be gained in all, ${formatSpread(next)} by the best next training, which is ${worthwhile ? 'worth another training' : 'too little beside the noise'}`;
}

function leftText({ left: { trainings, trainSeconds, runSeconds, tokens, usd, keys } }: Evidence): string {
  const bounds = [
    trainSeconds === null ? null : `${trainSeconds.toFixed(0)} s of training`,
    runSeconds === null ? null : `${runSeconds.toFixed(0)} s of the run`,
    tokens === null ? null : `${tokens} of your tokens`,
    usd === null ? null : `${usd.toFixed(4)} US dollars for you`,
  ].filter(Boolean);
  return `${trainings} trainings${bounds.map((bound) => `, ${bound}`).join('')}; keys with untried values: ${keys.join(', ') || 'none'}`;
}

function choicesText({ question }: Evidence): string {
  if (!question) return 'none';
  const { keys, candidates, count, mayRepeat, mayStop, limited, ownAtMost } = question;
  const own = ownAtMost < count ? ` (${ownAtMost} of them at most a value of your own)` : '';
  return [
    `- action "train" with ${count === 1 ? 'one proposal' : `one to ${count} proposals`}${own}:`,
    ...(candidates > 0 ? [`  - key "${CANDIDATE}", value the number of a candidate from 1 to ${candidates}`] : []),
    ...(keys.length > 0
      ? [
          `  - or a value of your own for one of ${keys.join(', ')}, everything else as in the configuration that is built on`,
        ]
      : []),
    ...(limited ? [`  - ${limited}`] : []),
    ...(mayRepeat ? ['- action "repeat", no proposals: train the best so far again with another seed'] : []),
    ...(mayStop ? ['- action "stop", no proposals: nothing more is to be gained'] : []),
  ].join('\n');
}

function heldOutText(
  { heldOut, published, noise: { sd } }: Evidence,
  { formatScore, formatSpread, signed, signedInterval }: ShortNumbers,
  { units }: TaskWords,
): string {
  if (!heldOut) return 'there is no held-out result';
  const { baseline, best, difference, verdict, untouched, pairs, split } = heldOut;
  const parts = [
    `${pairs} ${units.en} (${split}): default ${formatScore(baseline)}, best ${formatScore(best)}`,
    untouched === undefined ? null : `untouched model ${formatScore(untouched)}`,
    difference && `best minus default ${signed(difference.mean)} (95 %: ${signedInterval(difference)})`,
    verdict && `verdict: ${verdict.replaceAll('_', ' ')}`,
    published && `published: ${published.what} (${oneLine(published.why.en)})`,
    `seed noise on dev ${formatSpread(sd)}`,
  ];
  return parts.filter(Boolean).join('; ');
}
