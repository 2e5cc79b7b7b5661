/** The evidence of a run in the words and tables of a prompt. */
import { formatScore, formatValue } from '../domain/progress.ts';
import { CANDIDATE } from '../domain/proposals.ts';
import type { Evidence, EvidenceLine, ShownStudy } from '../domain/evidence.ts';
import type { Prediction, Values } from '../domain/trials.ts';
import { oneLine, table } from './tables.ts';

/** Placeholders of the prompts that need evidence; in the questions of runs that an earlier release began they are unknown. */
export function evidencePlaceholders(evidence: Evidence | undefined): Record<string, string> {
  if (!evidence) return UNKNOWN;
  const { study, question, plan, reasons, data } = evidence;
  return {
    untouched: formatScore(evidence.untouched),
    noise: noiseText(evidence),
    evaluation: evaluationText(evidence),
    shown: `${evidence.lines.length} of ${evidence.trainings}`,
    candidates: study ? candidatesTable(study, question?.candidates ?? 0) : 'none',
    key_outlook: study ? keysText(study) : 'none',
    outlook: outlookText(evidence),
    left: leftText(evidence),
    own_plan: plan ? `${plan.keys.join(', ')} (${oneLine(plan.reason)})` : 'none yet',
    own_reasons:
      reasons.map(({ training, reason }) => `- training ${training}: ${oneLine(reason)}`).join('\n') || 'none yet',
    data_facts: dataText(data),
    choices: choicesText(evidence),
    held_out: heldOutText(evidence),
  };
}

function dataText({ trainRows, devRows, heldOutRows, texts, grades, warnings }: Evidence['data']): string {
  return [
    `${trainRows} pairs to train on, ${devRows} for the score, ${heldOutRows ?? 'none'} held out`,
    ...(texts
      ? [
          `sentences of ${texts.median} characters in the median, ${texts.p95} at the 95th of 100, ${texts.longest} at most`,
        ]
      : []),
    ...(grades ? [`grades (0 to 1): quartiles ${grades.map((grade) => grade.toFixed(2)).join(', ')}`] : []),
    ...warnings.map(oneLine),
  ].join('; ');
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
export function evidenceTable(lines: readonly EvidenceLine[]): string {
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
    ],
    lines.map((line) => [
      String(line.number),
      line.what,
      line.by,
      line.changed.join(' ') || '–',
      valuesText(line.values) || '–',
      formatScore(line.score),
      line.difference
        ? `${signed(line.difference.mean)} (${signed(line.difference.low)} to ${signed(line.difference.high)})`
        : '–',
      line.steps === null ? '–' : String(line.steps),
      line.looks.map(([step, score]) => `${step}:${score.toFixed(3)}`).join(' ') || '–',
      line.bestStep === null ? '–' : String(line.bestStep),
      line.losses ? `${line.losses.first.toPrecision(3)} → ${line.losses.last.toPrecision(3)}` : '–',
      line.seconds === null ? '–' : line.seconds.toFixed(0),
      predictedText(line.predicted),
      line.failure ? oneLine(line.failure) : '–',
    ]),
  );
}

const signed = (score: number): string => `${score < 0 ? '−' : '+'}${Math.abs(score).toFixed(3)}`;
const interval = ({ low, high }: Prediction): string => `${low.toFixed(3)} to ${high.toFixed(3)}`;

function predictedText({ byModel, byAdviser }: EvidenceLine['predicted']): string {
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
export const noticeableBy = ({ noise: { sd } }: Evidence): number => 1.96 * Math.SQRT2 * sd;

function noiseText(evidence: Evidence): string {
  const { sd, repeats } = evidence.noise;
  const how = repeats > 0 ? `measured with ${repeats} repeats` : 'not measured: estimated from the number of pairs';
  return `The score of one configuration varies from seed to seed with a standard deviation of ${sd.toFixed(4)} (${how}); two trainings that differ by less than ${noticeableBy(evidence).toFixed(4)} are not told apart.`;
}

function evaluationText({ evaluation: { loss, looks, batch, accumulation, precision } }: Evidence): string {
  const best =
    looks === null ? 'the best of all its evaluations' : `the best of ${looks} looks at equal shares of its steps`;
  return `The score of a training is ${best}. Loss: ${loss}; default batch ${batch}, gradient accumulation ${accumulation}; number format ${precision}.`;
}

function candidatesTable({ base, candidates }: ShownStudy, mayBeChosen: number): string {
  const rows = candidates.map((candidate, index) => [
    index < mayBeChosen ? String(index + 1) : '–',
    valuesText(candidate.change),
    candidate.origin,
    `${candidate.mean.toFixed(4)} ± ${candidate.sd.toFixed(4)}`,
    interval(candidate),
    candidate.chance.toFixed(2),
    candidate.gain.toFixed(4),
    candidate.seconds === null ? '–' : candidate.seconds.toFixed(0),
  ]);
  const heading = `It builds on ${valuesText(base.values)}: mean ${base.mean.toFixed(4)} ± ${base.sd.toFixed(4)} without noise.`;
  return `${heading}\n\n${table([CANDIDATE, 'change', 'origin', 'mean', 'one training (90 %)', 'chance to improve', 'expected gain', 'cpu s'], rows)}`;
}

const keysText = ({ keys }: ShownStudy): string =>
  Object.entries(keys)
    .map(
      ([key, { gain, worthwhile, untried }]) =>
        `${key} ${gain.toFixed(4)}${worthwhile ? '' : ' (below noise)'}, ${untried} untried`,
    )
    .join('; ') || 'none';

function outlookText({ outlook }: Evidence): string {
  if (!outlook) return 'unknown';
  const { possible, next, worthwhile } = outlook;
  return `${possible.mean.toFixed(4)} (${interval(possible)}) may still be gained in all, ${next.toFixed(4)} by the best next training, which is ${worthwhile ? 'worth another training' : 'too little beside the noise'}`;
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

function heldOutText({ heldOut, published, noise: { sd } }: Evidence): string {
  if (!heldOut) return 'there is no held-out result';
  const { baseline, best, difference, verdict, untouched, pairs, split } = heldOut;
  const parts = [
    `${pairs} pairs (${split}): default ${formatScore(baseline)}, best ${formatScore(best)}`,
    untouched === undefined ? null : `untouched model ${formatScore(untouched)}`,
    difference &&
      `best minus default ${signed(difference.mean)} (95 %: ${signed(difference.low)} to ${signed(difference.high)})`,
    verdict && `verdict: ${verdict.replaceAll('_', ' ')}`,
    published && `published: ${published.what} (${oneLine(published.why.en)})`,
    `seed noise on dev ${sd.toFixed(4)}`,
  ];
  return parts.filter(Boolean).join('; ');
}
