/** The card and the machine-readable provenance that a published model carries. */
import { baselineOf, configFor, incumbentOf } from '../domain/runState.ts';
import type { RunState } from '../domain/runState.ts';
import { formatScore, formatValue } from '../domain/progress.ts';

/** `card`: Markdown with the front matter that model hubs read. `tuning`: configuration, score and provenance. */
export function modelCard(state: RunState): { card: string; tuning: Record<string, unknown> } {
  const best = incumbentOf(state)!;
  const baseline = baselineOf(state);
  const config = configFor(state, best.values);
  const tuning = {
    run: state.run,
    trial: best.id,
    score: best.result.score,
    baseline: baseline?.result.score ?? null,
    heldOut: state.confirmation,
    modelDigest: best.result.modelDigest,
    config,
    adviser: state.adviser,
    trainer: state.trainer,
  };
  const heldOut = state.confirmation
    ? `${formatScore(state.confirmation.best)} on ${state.confirmation.pairs} held-out pairs (default configuration: ${formatScore(state.confirmation.baseline)})`
    : 'not measured';
  const values = Object.entries(best.values).map(([key, value]) => `| ${key} | ${formatValue(value)} |`);
  const card = [
    '---',
    'library_name: sentence-transformers',
    'pipeline_tag: sentence-similarity',
    `base_model: ${JSON.stringify(config.BASE_MODEL)}`,
    'tags:',
    '- sentence-transformers',
    '- sentence-similarity',
    '---',
    '',
    `# ${state.run}`,
    '',
    `Fine-tuned from \`${config.BASE_MODEL}\` with hyperparameters found by the Model Tuning Agent.`,
    '',
    `- Score (Spearman of the cosine similarity, dev split): ${formatScore(best.result.score)}; default configuration: ${formatScore(baseline?.result.score)}`,
    `- Held-out score: ${heldOut}`,
    `- Trial: \`${best.id}\`; weights: \`${best.result.modelDigest}\``,
    '',
    '```python',
    'from sentence_transformers import SentenceTransformer',
    '',
    'model = SentenceTransformer("best_overall_model")',
    'embeddings = model.encode(["A first sentence", "A second one"])',
    '```',
    '',
    '| parameter | value |',
    '|---|---|',
    ...values,
    '',
    'The whole configuration and provenance are in `tuning.json`.',
    '',
  ].join('\n');
  return { card, tuning };
}
