/** The card and the machine-readable provenance that a published model carries. */
import { formatScore, formatValue } from '../domain/formats.ts';
import { publishedTrial } from '../domain/published.ts';
import { baselineOf, configFor } from '../domain/runState.ts';
import type { Published, RunState } from '../domain/runState.ts';
import type { Reason, ScoredTrial } from '../domain/trials.ts';
import { PUBLISHED_WORDS, verdictOf } from '../domain/verdict.ts';

/** `card`: Markdown with the front matter that model hubs read. `tuning`: verdict, configuration, scores and provenance. */
export function modelCard(state: RunState): { card: string; tuning: Record<string, unknown> } {
  const what = state.published?.what ?? 'best';
  const trial = publishedTrial(state);
  const baseline = baselineOf(state);
  const config = trial && configFor(state, trial.values);
  const tuning = {
    run: state.run,
    verdict: state.confirmation?.verdict ?? null,
    published: state.published,
    trial: trial?.id ?? null,
    score: trial?.result.score ?? state.untouched,
    baseline: baseline?.result.score ?? null,
    untouched: state.untouched,
    heldOut: state.confirmation,
    modelDigest: trial?.result.modelDigest ?? null,
    config,
    adviser: state.adviser,
    trainer: state.trainer,
  };
  const base = state.config.DEFAULT_CONFIG.BASE_MODEL;
  const card = [
    '---',
    'library_name: sentence-transformers',
    'pipeline_tag: sentence-similarity',
    `base_model: ${JSON.stringify(base)}`,
    'tags:',
    '- sentence-transformers',
    '- sentence-similarity',
    '---',
    '',
    `# ${state.run}`,
    '',
    ...bothLanguages(verdictLine(state)),
    origin(what, base),
    '',
    ...scoreLines(state, what, trial),
    '',
    '```python',
    'from sentence_transformers import SentenceTransformer',
    '',
    'model = SentenceTransformer("best_overall_model")',
    'embeddings = model.encode(["A first sentence", "A second one"])',
    '```',
    '',
    ...valueTable(trial),
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

function origin(what: Published['what'], base: string): string {
  const its = `This is ${PUBLISHED_WORDS[what].en}`;
  if (what === 'untouched') return `${its}, \`${base}\` as it came: no training was shown to improve it.`;
  const found = what === 'best' ? 'hyperparameters found by the Model Tuning Agent' : 'the default hyperparameters';
  return `${its}, fine-tuned from \`${base}\` with ${found}.`;
}

function scoreLines(state: RunState, what: Published['what'], trial: ScoredTrial | null): string[] {
  const defaultScore = formatScore(baselineOf(state)?.result.score);
  const own = formatScore(trial?.result.score ?? state.untouched);
  const untouched = state.untouched === null ? '' : `; untouched model: ${formatScore(state.untouched)}`;
  return [
    `- Score (Spearman of the cosine similarity, dev split): ${own}; default configuration: ${defaultScore}${untouched}`,
    `- Held-out score: ${heldOutText(state, what)}`,
    ...(trial ? [`- Trial: \`${trial.id}\`; weights: \`${trial.result.modelDigest}\``] : []),
  ];
}

/** This model's own score, then the means over seeds that the verdict rests on. */
function heldOutText({ confirmation, config }: RunState, what: Published['what']): string {
  if (!confirmation) return 'not measured';
  const { pairs, baseline, best, untouched, seeds } = confirmation;
  const defaults = `default configuration: ${formatScore(baseline)}`;
  if (confirmation.verdict === undefined) return `${formatScore(best)} on ${pairs} held-out pairs (${defaults})`;
  const own = seeds.find(({ seed }) => seed === config.DEFAULT_CONFIG.SEED);
  const score = what === 'untouched' ? untouched : own?.[what];
  const means = `means over seeds: winner ${formatScore(best)}, ${defaults}, untouched model: ${formatScore(untouched)}`;
  return `${formatScore(score)} on ${pairs} held-out pairs (${means})`;
}

function valueTable(trial: ScoredTrial | null): string[] {
  if (!trial) return [];
  const rows = Object.entries(trial.values).map(([key, value]) => `| ${key} | ${formatValue(value)} |`);
  return ['| parameter | value |', '|---|---|', ...rows, ''];
}
