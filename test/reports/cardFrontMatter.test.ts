import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { TrainingConfig } from '../../src/domain/trainingConfig.ts';
import { frontMatter } from '../../src/reports/cardFrontMatter.ts';
import { pluginRun, run } from '../domain/runs.ts';

const SCORE = { split: 'test', value: 0.8123 };

function facts(change: Partial<TrainingConfig>, score: typeof SCORE | null = SCORE): Record<string, unknown> {
  const state = run();
  const config = { ...state.config.DEFAULT_CONFIG, ...change };
  const lines = frontMatter({ ...state, config: { ...state.config, DEFAULT_CONFIG: config } }, config, score);
  expect([lines[0], lines.at(-1)]).toEqual(['---', '---']);
  return parse(lines.slice(1, -1).join('\n')) as Record<string, unknown>;
}

describe('the front matter of a card', () => {
  test('has what a hub needs to list, compare and link the model', () => {
    const found = facts({ BASE_MODEL: 'sentence-transformers/all-MiniLM-L6-v2', DATASET_NAME: 'hub:owner/pairs:en' });
    expect(found).toMatchObject({
      library_name: 'sentence-transformers',
      base_model: 'sentence-transformers/all-MiniLM-L6-v2',
      datasets: ['owner/pairs'],
      'model-index': [
        {
          results: [
            {
              dataset: { type: 'owner/pairs', split: 'test' },
              metrics: [{ type: 'spearman_cosine', value: 0.8123 }],
            },
          ],
        },
      ],
    });
  });

  test('names no path of this machine', () => {
    const found = facts({ BASE_MODEL: '/home/somebody/model', DATASET_NAME: '/home/somebody/pairs.csv' });
    expect(JSON.stringify(found)).not.toContain('somebody');
    expect(found).not.toHaveProperty('base_model');
  });

  test('claims no result that was not confirmed', () => {
    expect(facts({}, null)).not.toHaveProperty('model-index');
  });

  test.each([
    ['retrieval', 'sentence-similarity', 'cosine_ndcg@10'],
    ['reranker', 'text-ranking', 'ndcg@10'],
  ] as const)('of %s has its own pipeline and metric', (TASK, pipeline, type) => {
    expect(facts({ TASK })).toMatchObject({
      pipeline_tag: pipeline,
      'model-index': [{ results: [{ metrics: [{ type }] }] }],
    });
  });

  test('of an own training says nothing that only its author knows', () => {
    const state = pluginRun();
    expect(frontMatter(state, state.config.DEFAULT_CONFIG, SCORE)).toEqual([
      '---',
      'tags:',
      '  - model-tuning-agent',
      '---',
    ]);
  });
});
