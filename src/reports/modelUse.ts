/** How a published model is loaded; null where only the author of an own training knows. */
import { isPlugin } from '../domain/metric.ts';
import type { TrainingConfig } from '../domain/settings.ts';

export function modelUse(config: TrainingConfig, folder: string): string[] | null {
  if (isPlugin(config)) return null;
  const path = folder.replace(/["\\]/g, '');
  if (config.TASK === 'reranker')
    return [
      'from sentence_transformers import CrossEncoder',
      '',
      `model = CrossEncoder("${path}")`,
      'scores = model.predict([("A query", "A first document"), ("A query", "A second one")])',
    ];
  return [
    'from sentence_transformers import SentenceTransformer',
    '',
    `model = SentenceTransformer("${path}")`,
    ...(config.QUERY_PROMPT || config.PASSAGE_PROMPT
      ? [
          `queries = model.encode([${JSON.stringify(config.QUERY_PROMPT)} + "A query"])`,
          `passages = model.encode([${JSON.stringify(config.PASSAGE_PROMPT)} + "A passage"])`,
        ]
      : ['embeddings = model.encode(["A first sentence", "A second one"])', 'print(model.similarity(*embeddings))']),
  ];
}
