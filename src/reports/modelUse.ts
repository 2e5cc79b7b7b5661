/** How a published model is loaded; null where only the author of an own training knows. */
import { isPlugin } from '../domain/metric.ts';
import type { TrainingConfig } from '../domain/trainingConfig.ts';

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
    ...(config.TASK === 'retrieval' || config.TASK === 'triplet'
      ? [
          `queries = model.encode_query(["A query"]${promptOf(config.QUERY_PROMPT)})`,
          `passages = model.encode_document(["A passage"]${promptOf(config.PASSAGE_PROMPT)})`,
          'print(model.similarity(queries, passages))',
        ]
      : ['embeddings = model.encode(["A first sentence", "A second one"])', 'print(model.similarity(*embeddings))']),
  ];
}

/** Without one of the settings, these calls take the model's own. The untouched model, which may be published, has no others. */
const promptOf = (prompt: string): string => (prompt === '' ? '' : `, prompt=${JSON.stringify(prompt)}`);
