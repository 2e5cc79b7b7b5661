/** Prompts: the editable files in config/prompts, filled from the adviser's bounded context. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Mustache from 'mustache';
import { formatValue, formatsOf } from '../domain/formats.ts';
import type { ScoreFormats } from '../domain/formats.ts';
import { CORRELATION } from '../domain/metric.ts';
import { ADDED_KEYS } from '../domain/settings.ts';
import type { TaskWords } from '../domain/taskWords.ts';
import { taskWords } from '../domain/taskWords.ts';
import type { TrainingConfig } from '../domain/trainingConfig.ts';
import type { About, AdviserContext, TrajectoryLine } from '../domain/trajectory.ts';
import { evidencePlaceholders, evidenceTable, noticeableBy, valuesText } from './evidenceText.ts';
import { oneLine, table } from './tables.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';

export type PromptName = 'system' | 'plan' | 'suggest' | 'next' | 'summarise' | 'repair' | 'probe';

const FOLDER = path.join(PROJECT_ROOT, 'config', 'prompts');

/**
 * Fills one prompt.
 *
 * @param context - Null for a prompt without placeholders of a run.
 * @param folder - Where the files lie; another one in tests.
 * @throws Error naming file, line and placeholder when a template asks for something that does not exist.
 */
export function fillPrompt(
  name: PromptName,
  context: AdviserContext | null,
  extra: Record<string, string> = {},
  folder = FOLDER,
): string {
  const file = path.join(folder, `${name}.md`);
  const template = readFileSync(file, 'utf8');
  const values: Record<string, unknown> = { ...(context ? placeholders(context) : {}), ...extra };
  refuseUnknown(template, values, path.relative(PROJECT_ROOT, file));
  // The comment at the top documents the file for people; the blank lines it leaves are dropped with it.
  return Mustache.render(template, values, {}, { escape: String })
    .replace(/<!--[\s\S]*?-->\s*/g, '')
    .trim();
}

function refuseUnknown(template: string, values: Record<string, unknown>, file: string): void {
  const visit = (tokens: unknown[]): void => {
    for (const token of tokens as [string, string, number, number, unknown[]?][]) {
      const [kind, key, start] = token;
      if (['name', '&', '{', '#', '^'].includes(kind) && !(key in values)) {
        const line = template.slice(0, start).split('\n').length;
        throw new Error(`${file}:${line}: {{${key}}} is not a placeholder; allowed: ${Object.keys(values).join(', ')}`);
      }
      if (Array.isArray(token[4])) visit(token[4]);
    }
  };
  visit(Mustache.parse(template) as unknown[]);
}

/** What questions of releases before 0.6.0 are about. */
const STS: About = {
  metric: CORRELATION,
  words: taskWords({ config: { DEFAULT_CONFIG: ADDED_KEYS as unknown as TrainingConfig }, trainer: null }),
  constraints: [],
};

const constraintsText = (constraints: readonly string[]): string =>
  constraints.length === 0
    ? ''
    : `A training counts only if it holds ${constraints.join(' and ')}; one that does not has no score that may win, whatever it is.`;

function placeholders(context: AdviserContext): Record<string, unknown> {
  const { about = STS } = context;
  const { metric, words } = about;
  const formats = formatsOf(metric);
  const { formatScore, formatSpread } = formats;
  const space = context.key ? context.spaces[context.key] : undefined;
  return {
    base_model: modelsText(context),
    trained: oneLine(words.trained),
    score: oneLine(words.score),
    constraints: constraintsText(about.constraints),
    data: dataLine(context.data, words),
    device: oneLine(context.device),
    max_keys: context.maxKeys,
    rounds_per_key: context.roundsPerKey,
    round: context.round,
    key: context.key ?? '',
    allowed: space?.allowed ?? '',
    spaces: table(
      ['parameter', 'default', 'allowed'],
      Object.entries(context.spaces).map(([key, { allowed }]) => [key, formatValue(context.defaults[key]), allowed]),
    ),
    incumbent: context.incumbent
      ? `${valuesText(context.incumbent.values)}; score ${formatScore(context.incumbent.score)}`
      : 'none yet: every training so far failed',
    baseline_score: formatScore(context.baselineScore),
    noticeable: formatSpread(context.evidence ? noticeableBy(context.evidence) : context.noticeable),
    trials: context.evidence ? evidenceTable(context.evidence.lines, metric) : trialsTable(context.trials, formats),
    measured:
      context.measuredHere.map(({ value, score }) => `${formatValue(value)} → ${formatScore(score)}`).join('; ') ||
      'none',
    fixed:
      Object.entries(context.fixed)
        .map(([key, value]) => `${key} = ${formatValue(value)}`)
        .join(', ') || 'none',
    refusals: context.refusals.map((refusal) => `- ${oneLine(refusal)}`).join('\n') || 'none',
    ...evidencePlaceholders(context.evidence, about),
  };
}

function dataLine({ source, trainRows, devRows }: AdviserContext['data'], { rows, units }: TaskWords): string {
  const known = trainRows > 0 || devRows > 0;
  return `${oneLine(source)}${known ? `: ${trainRows} ${rows.en} to train on, ${devRows} ${units.en} for the score` : ''}`;
}

function modelsText({ baseModel, models }: AdviserContext): string {
  if (!models) return oneLine(baseModel);
  return `${oneLine(baseModel)} by default. BASE_MODEL is one of these, with the dev score of each before any training, which need not be their order after it: ${models.map(oneLine).join(' | ')}`;
}

function trialsTable(lines: readonly TrajectoryLine[], { formatScore, formatDelta }: ScoreFormats): string {
  return table(
    ['trial', 'changed', 'values', 'score', 'difference', 'seconds', 'failure'],
    lines.map((line) => [
      String(line.number),
      line.key ?? '–',
      valuesText(line.values),
      formatScore(line.score),
      formatDelta(line.delta),
      line.seconds === null ? '–' : line.seconds.toFixed(0),
      line.failure ? oneLine(line.failure) : '–',
    ]),
  );
}
