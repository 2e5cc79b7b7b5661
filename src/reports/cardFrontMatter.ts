/**
 * The front matter of a model card, as model hubs read it: https://huggingface.co/docs/hub/model-cards and, for
 * `model-index`, the "model-index" of the Papers with Code format there.
 */
import { stringify } from 'yaml';
import { isPlugin, metricOf } from '../domain/metric.ts';
import type { Metric } from '../domain/metric.ts';
import type { RunState } from '../domain/runState.ts';
import type { Task } from '../domain/tasks.ts';
import type { TrainingConfig } from '../domain/trainingConfig.ts';

const PIPELINES: Readonly<Record<Task, string>> = {
  sts: 'sentence-similarity',
  retrieval: 'sentence-similarity',
  triplet: 'sentence-similarity',
  pair_class: 'sentence-similarity',
  reranker: 'text-ranking',
};

/** What the library's own evaluators call the scores. */
const METRICS: Readonly<Record<string, string>> = {
  'sts/spearman': 'spearman_cosine',
  'retrieval/ndcg_at_10': 'cosine_ndcg@10',
  'triplet/accuracy': 'cosine_accuracy',
  'pair_class/average_precision': 'cosine_ap',
  'reranker/ndcg_at_10': 'ndcg@10',
  'reranker/spearman': 'spearman',
};

/** `owner/name` at a hub; a path, or a bare name of a bundled thing, says nothing to anybody else. */
const isHubName = (name: string): boolean => /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/.test(name);

/** Lines between and with `---`. `config`: of the published model. */
export function frontMatter(state: RunState, config: TrainingConfig, score: HeldOutScore | null): string[] {
  // An own training's model is of a library that only its author knows.
  const facts = isPlugin(config) ? { tags: ['model-tuning-agent'] } : taskFacts(state, config, score);
  return ['---', ...stringify(facts, { lineWidth: 0 }).trimEnd().split('\n'), '---'];
}

/** The published model's own score, as the metric counts it. */
export interface HeldOutScore {
  split: string;
  value: number;
}

function taskFacts(state: RunState, config: TrainingConfig, score: HeldOutScore | null): Record<string, unknown> {
  const kind = PIPELINES[config.TASK ?? 'sts'];
  const dataset = /^hub:([^:]+)/.exec(config.DATASET_NAME)?.[1] ?? null;
  return {
    library_name: 'sentence-transformers',
    pipeline_tag: kind,
    ...(isHubName(config.BASE_MODEL) ? { base_model: config.BASE_MODEL } : {}),
    ...(dataset ? { datasets: [dataset] } : {}),
    tags: [
      'sentence-transformers',
      config.TASK === 'reranker' ? 'cross-encoder' : 'feature-extraction',
      kind,
      'model-tuning-agent',
    ],
    ...(score
      ? { 'model-index': [{ name: state.run, results: [resultOf(kind, metricOf(state), config, dataset, score)] }] }
      : {}),
  };
}

function resultOf(kind: string, { name }: Metric, config: TrainingConfig, dataset: string | null, score: HeldOutScore) {
  const type = METRICS[`${config.TASK ?? 'sts'}/${name}`] ?? name;
  return {
    task: { type: kind, name: config.TASK === 'reranker' ? 'Reranking' : 'Sentence similarity' },
    // A hub wants both; a file of its author has no address, and its path is nobody's business.
    dataset: { name: dataset ?? 'held-out rows', type: dataset ?? 'private', split: score.split },
    metrics: [{ type, name: type, value: score.value }],
  };
}
