/** The card and the machine-readable provenance that a published model carries. */
import { configFor } from '../domain/configurations.ts';
import type { Confirmation, Published } from '../domain/confirmation.ts';
import { formatValue, formatsOf } from '../domain/formats.ts';
import { isPlugin, metricOf, metricWords } from '../domain/metric.ts';
import { rivalName, rivalWords, untouchedRival, untouchedScore } from '../domain/baseModels.ts';
import { publishedTrial } from '../domain/published.ts';
import type { RunState } from '../domain/runState.ts';
import { baselineOf } from '../domain/runTrials.ts';
import { shownConfirmation, shownOrNull } from '../domain/shownScores.ts';
import { pluginName, taskWords } from '../domain/taskWords.ts';
import type { TrainingConfig } from '../domain/trainingConfig.ts';
import type { Reason, ScoredTrial } from '../domain/trials.ts';
import { trialTitle, trialVerdict } from '../domain/trialWords.ts';
import { PUBLISHED_WORDS, verdictOf } from '../domain/verdict.ts';
import { frontMatter } from './cardFrontMatter.ts';
import type { HeldOutScore } from './cardFrontMatter.ts';
import { modelUse } from './modelUse.ts';
import { sayIn } from './phrases.ts';
import { proposer } from './sections/trialCells.ts';

/** `card`: Markdown with the front matter that model hubs read. `tuning`: verdict, configuration, scores as the metric counts them, and provenance. */
export function modelCard(state: RunState): { card: string; tuning: Record<string, unknown> } {
  const what = state.published?.what ?? 'best';
  const trial = publishedTrial(state);
  const baseline = baselineOf(state);
  const config = trial && configFor(state, trial.values);
  const metric = metricOf(state);
  const shown = (score: number | null | undefined) => shownOrNull(metric, score);
  const tuning = {
    run: state.run,
    metric,
    verdict: state.confirmation?.verdict ?? null,
    published: state.published,
    trial: trial?.id ?? null,
    score: shown(trial?.result.score ?? untouchedScore(state)),
    baseline: shown(baseline?.result.score),
    untouched: shown(untouchedScore(state)),
    ...(rivalName(state) ? { untouchedModel: rivalName(state) } : {}),
    heldOut: state.confirmation && shownConfirmation(metric, state.confirmation),
    modelDigest: trial?.result.modelDigest ?? null,
    config,
    adviser: state.adviser,
    trainer: state.trainer,
  };
  const { DEFAULT_CONFIG } = state.config;
  const base = what === 'untouched' ? untouchedRival(state) : (config ?? DEFAULT_CONFIG).BASE_MODEL;
  const settings = { ...DEFAULT_CONFIG, BASE_MODEL: base };
  const use = modelUse(settings, 'best_overall_model');
  const card = [
    ...frontMatter(state, settings, ownHeldOut(state, what)),
    '',
    `# ${state.run}`,
    '',
    ...bothLanguages(verdictLine(state)),
    origin(what, settings),
    '',
    ...scoreLines(state, what, trial),
    '',
    ...(use ? ['```python', ...use, '```', ''] : []),
    ...valueTable(trial),
    ...tuningTable(state),
    'The whole configuration and provenance are in `tuning.json`.',
    '',
  ].join('\n');
  return { card, tuning };
}

function verdictLine(state: RunState): Reason {
  const said = verdictOf(state)?.line ?? state.published?.why;
  if (said) return said;
  const { confirmation } = state;
  return confirmation
    ? { zh: '已用留出数据评分。', en: 'Scored on held-out data.' }
    : { zh: '未经留出数据确认。', en: 'Not confirmed on held-out data.' };
}

const bothLanguages = ({ zh, en }: Reason): string[] => [`**${en}**`, '', `**${zh}**`, ''];

function origin(what: Published['what'], config: TrainingConfig): string {
  const its = `This is ${PUBLISHED_WORDS[what].en}`;
  const base = config.BASE_MODEL;
  if (what === 'untouched') return `${its}, \`${base}\` as it came: no training was shown to improve it.`;
  const found = what === 'best' ? 'hyperparameters found by the Model Tuning Agent' : 'the default hyperparameters';
  if (isPlugin(config)) return `${its}, trained by \`${pluginName(config)}\` with ${found}.`;
  return `${its}, fine-tuned from \`${base}\` with ${found}.`;
}

function scoreLines(state: RunState, what: Published['what'], trial: ScoredTrial | null): string[] {
  const { formatScore } = formatsOf(state);
  const defaultScore = formatScore(baselineOf(state)?.result.score);
  const asItCame = untouchedScore(state);
  const own = formatScore(trial?.result.score ?? asItCame);
  const untouched = asItCame === null ? '' : `; ${rivalWords(rivalName(state)).en}: ${formatScore(asItCame)}`;
  return [
    `- Score (${scoreName(state)}): ${own}; default configuration: ${defaultScore}${untouched}`,
    `- Held-out score: ${heldOutText(state, what)}`,
    ...(trial ? [`- Trial: \`${trial.id}\`; weights: \`${trial.result.modelDigest}\``] : []),
  ];
}

function scoreName(state: RunState): string {
  const { DEFAULT_CONFIG: config } = state.config;
  if (isPlugin(config)) return metricWords(metricOf(state)).en;
  return config.TASK === 'sts'
    ? 'Spearman of the cosine similarity, dev split'
    : `${taskWords(state).axis.en}, dev split`;
}

/** This model's own score, then the means over seeds that the verdict rests on. */
function heldOutText(state: RunState, what: Published['what']): string {
  const { confirmation } = state;
  if (!confirmation) return 'not measured';
  const { pairs, baseline, best, untouched, untouchedModel } = confirmation;
  const { formatScore } = formatsOf(state);
  const over = pairs === 0 ? 'held-out rows' : `${pairs} held-out ${taskWords(state).units.en}`;
  const defaults = `default configuration: ${formatScore(baseline)}`;
  if (confirmation.verdict === undefined) return `${formatScore(best)} on ${over} (${defaults})`;
  const score = ownScore(state, confirmation, what);
  const bare = untouched === undefined ? '' : `, ${rivalWords(untouchedModel ?? null).en}: ${formatScore(untouched)}`;
  const means = `means over seeds: winner ${formatScore(best)}, ${defaults}${bare}`;
  return `${formatScore(score)} on ${over} (${means})`;
}

/** That of the very weights that are published: the run's seed, not a mean. */
function ownScore(state: RunState, confirmation: Confirmation, what: Published['what']): number | null {
  if (what === 'untouched') return confirmation.untouched ?? null;
  // Before 0.4.0 the fresh seeds alone were listed, and `best` was the model's own.
  if (confirmation.verdict === undefined) return confirmation[what];
  return confirmation.seeds.find(({ seed }) => seed === state.config.DEFAULT_CONFIG.SEED)?.[what] ?? null;
}

function ownHeldOut(state: RunState, what: Published['what']): HeldOutScore | null {
  const { confirmation } = state;
  const value = confirmation && shownOrNull(metricOf(state), ownScore(state, confirmation, what));
  return confirmation && value !== null ? { split: confirmation.split, value } : null;
}

/** Rows of the tuning table at most: a card is read, `run.json` holds all. */
const LONGEST_TABLE = 60;

/** How the hyperparameters were found: every training, what it scored, what was decided. */
function tuningTable(state: RunState): string[] {
  const { trials, archived } = state;
  const { formatScore, formatDelta } = formatsOf(state);
  const shown = trials.slice(-LONGEST_TABLE);
  const left = archived.trials + trials.length - shown.length;
  return [
    '## Tuning',
    '',
    '| trial | tried | score (dev) | Δ | decision | by |',
    '|---:|---|---:|---:|---|---|',
    ...shown.map((trial) =>
      [
        '',
        trial.number,
        `\`${trialTitle(trial, trials)}\``,
        formatScore(trial.result?.score),
        formatDelta(trial.delta),
        trialVerdict(trial),
        proposer(trial.proposedBy, state, sayIn('en')),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
    '',
    ...(left > 0 ? [`${left} earlier trainings are not shown.`, ''] : []),
  ];
}

function valueTable(trial: ScoredTrial | null): string[] {
  if (!trial) return [];
  const rows = Object.entries(trial.values).map(([key, value]) => `| ${key} | ${formatValue(value)} |`);
  return ['| parameter | value |', '|---|---|', ...rows, ''];
}
