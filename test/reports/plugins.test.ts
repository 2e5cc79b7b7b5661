/** What is told of an own training, and of tasks: their metric, their words, and no key that they do not have. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fillPrompt } from '../../src/advisers/prompts.ts';
import { closingLines } from '../../src/client/terminal/ending.ts';
import { phaseText } from '../../src/client/terminal/phases.ts';
import { trialLines } from '../../src/client/terminal/trialLines.ts';
import { outcomeJson } from '../../src/client/outcome.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { refuseResult } from '../../src/domain/constraints.ts';
import { currentDetails } from '../../src/domain/currentDetails.ts';
import { viewForDecisions } from '../../src/domain/decisionView.ts';
import { CORRELATION, metricOf } from '../../src/domain/metric.ts';
import { decidePublished } from '../../src/domain/published.ts';
import { progressOf } from '../../src/domain/progress.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { shownColumn, shownProgress, shownTrial } from '../../src/domain/shownScores.ts';
import { compareStates } from '../../src/domain/comparison.ts';
import { kindOf } from '../../src/domain/runKind.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { adviserContext } from '../../src/domain/trajectory.ts';
import { modelCard } from '../../src/reports/modelCard.ts';
import { scoreByTrial } from '../../src/reports/charts/scoreByTrial.ts';
import { sayIn } from '../../src/reports/phrases.ts';
import { writeReportFiles } from '../../src/reports/writeReport.ts';
import { pluginRun, result, run, trial } from '../domain/runs.ts';
import { studiedRun } from '../domain/studied.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'report-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** An RMSE in metres: the default 12.5, 8.25 found, and one that is better and too slow. */
function tuned(): RunState {
  const state = pluginRun('CONSTRAINTS=["LATENCY_MS <= 20"]', 'REPORT_LANGUAGE=en');
  const add = (number: number, C: number, RMSE: number, LATENCY_MS: number) => {
    const measured = { ...result(-RMSE), metrics: { LATENCY_MS } };
    const failure = refuseResult(state.config.DEFAULT_CONFIG, measured);
    const of = { id: String(number).repeat(16), number, key: 'C', values: { C, kernel: 'rbf' } };
    const what = number === 1 ? ({ purpose: 'baseline', key: null } as const) : {};
    recordTrial(state, trial({ ...of, ...what, result: failure ? null : measured, failure }));
  };
  add(1, 1, 12.5, 4);
  add(2, 10, 8.25, 15);
  add(3, 90, 2, 35);
  const ended = { ...state, status: 'completed' as const, phase: 'ended' as const };
  return { ...ended, published: decidePublished(ended) };
}

async function report(state: RunState): Promise<string> {
  const { path: file } = await writeReportFiles(
    { ...state, config: { ...state.config, AGENT_SETTINGS: { ...state.config.AGENT_SETTINGS, REPORT_DIR: root } } },
    { workflowId: 'w', root },
  );
  return readFileSync(path.join(root, file), 'utf8');
}

/** Words of the one task that there was once. */
const OF_STS = /STSB|Spearman|spearman|sentence|pairs|LORA|TRAIN_BATCH_SIZE|untouched/;

describe('an own training', () => {
  test('is reported in its metric, with everything that it measured, and without the keys of tasks', async () => {
    const text = await report(tuned());
    expect(text).toMatch(/Asked:\*\* `my_training.py` \(RMSE \(lower is better, in m\)\)/);
    expect(text).toContain('dev score 12.5 → **8.25** (−4.25; noise is not known)');
    expect(text).toContain('| trial | configuration         | RMSE | LATENCY_MS | accepted       |');
    expect(text).toMatch(/\| 3 +\| C = 90 +\| +2 \| +35 \| ⊘ inadmissible \|/);
    expect(text).toContain('inadmissible (it breaks a constraint): LATENCY_MS is 35, and LATENCY_MS <= 20 must hold');
    expect(text).toMatch(/--set 'TRAINER=my_training.py'/);
    expect(text).toMatch(/--set 'TUNABLE_KEYS=\{"C":/);
    expect(text).not.toMatch(OF_STS);
  });

  test('is charted, listed and ended in its metric', () => {
    const state = tuned();
    const spec = JSON.stringify(scoreByTrial(state, sayIn('en')));
    expect(spec).toContain('score (RMSE (m))');
    expect(spec).toContain('"score":8.25');
    expect(currentDetails(state, viewForDecisions(state))).toContain('best 8.25 (trial 2');
    const progress = progressOf(state);
    expect(trialLines(state.trials[1]!, progress.metric)[0]).toContain('score 8.25 (Δ −4.25), accepted');
    expect(trialLines(state.trials[2]!, progress.metric)[0]).toContain('inadmissible: LATENCY_MS is 35');
    const closing = closingLines(progress).join('\n');
    expect(closing).toContain('RMSE (lower is better, in m)');
    expect(closing).toMatch(/best configuration +8\.25/);
    expect(phaseText({ ...progress, phase: 'confirming' })).toBe('confirming: default and winner on held-out data');
    const heldOut = { split: 'test', pairs: 30, baseline: -12, best: -9, difference: null, seeds: [] };
    const confirmed = { ...state, confirmation: { ...heldOut, verdict: 'better' as const } };
    expect(modelCard(confirmed).card).toContain('(means over seeds: winner 9, default configuration: 12)');
    expect(closingLines(progressOf(confirmed)).join('\n')).not.toContain('untouched');
    expect(outcomeJson('w', { progress, error: null, failure: null }, null)).toMatchObject({
      metric: { name: 'RMSE', direction: 'minimize' },
      baseline: { score: 12.5 },
      best: { score: 8.25 },
    });
  });

  test('is published with a card that names what trained it', () => {
    const { card, tuning } = modelCard(tuned());
    expect(card).toContain('trained by `my_training.py` with hyperparameters found by the Model Tuning Agent');
    expect(card).toContain('- Score (RMSE (lower is better, in m)): 8.25; default configuration: 12.5');
    expect(card).not.toMatch(/sentence|Spearman|base_model:|untouched/);
    expect(tuning).toMatchObject({
      metric: { name: 'RMSE', direction: 'minimize' },
      score: 8.25,
      baseline: 12.5,
      config: { C: 10, kernel: 'rbf' },
    });
  });

  test('is told to the adviser in its own words, with its constraints and what broke them', () => {
    const context = adviserContext(tuned(), null, {});
    const system = fillPrompt('system', context);
    expect(system).toContain(
      'You advise the tuning of a training that its author has written (my_training.py). Score: RMSE (lower is better, in m).',
    );
    expect(system).toContain('A training counts only if it holds LATENCY_MS <= 20');
    const next = fillPrompt('summarise', context);
    expect(next).toMatch(/inadmissible: LATENCY_MS is 35, and LATENCY_MS <= 20 must hold \| RMSE=2 LATENCY_MS=35/);
    expect(next).toContain('8.25');
    expect(`${system}\n${next}`).not.toMatch(/Spearman|sentence-embedding|\d pairs|-8\.25/);
  });
});

test('machines are told an own metric as it counts, in trials, held-out scores and comparisons', () => {
  const state = tuned();
  const metric = metricOf(state);
  expect(state.trials.map((one) => shownTrial(metric, one))).toMatchObject([
    { result: { score: 12.5 }, delta: null },
    { result: { score: 8.25 }, delta: -4.25 },
    { result: null, failure: { facts: { score: 2 } } },
  ]);
  state.confirmation = {
    split: 'held-out',
    pairs: 0,
    baseline: -12,
    best: -9,
    difference: { mean: 3, low: 1, high: 5 },
    seeds: [{ seed: 1, baseline: -12, best: null }],
    verdict: 'better',
  };
  const heldOut = {
    baseline: 12,
    best: 9,
    difference: { mean: -3, low: -5, high: -1 },
    seeds: [{ seed: 1, baseline: 12, best: null }],
  };
  expect(shownProgress(metric, progressOf(state))).toMatchObject({
    baseline: { score: 12.5 },
    best: { score: 8.25 },
    lastTrial: { failure: { facts: { score: 2 } } },
    confirmation: heldOut,
  });
  expect(modelCard(state).tuning).toMatchObject({ heldOut });
  expect(shownColumn(compareStates(state, state).runs[0])).toMatchObject({
    default: 12.5,
    best: { score: 8.25 },
    confirmation: heldOut,
  });
});

describe('a task', () => {
  test('has its own words for what is trained, scored and counted', () => {
    const state = run('REPORT_LANGUAGE=en');
    Object.assign(state.config.DEFAULT_CONFIG, { TASK: 'retrieval', LOSS: 'mnrl' });
    recordTrial(
      state,
      trial({ purpose: 'baseline', values: {}, result: { ...result(0.6), metrics: { mrr_at_10: 0.5 } } }),
    );
    const system = fillPrompt('system', adviserContext(state, null, {}));
    expect(system).toContain('You advise the tuning of a sentence-embedding model for retrieval');
    expect(system).toContain('NDCG@10 over the queries of a fixed dev split');
    expect(system).toContain('100 queries for the score');
    expect(JSON.stringify(scoreByTrial(state, sayIn('en')))).toContain('score (NDCG@10)');
    expect(modelCard(state).card).toContain('Score (NDCG@10, dev split): 0.6000');
    expect(modelCard(state).card).toContain('queries = model.encode_query(["A query"])');
    Object.assign(state.config.DEFAULT_CONFIG, { QUERY_PROMPT: 'query: ' });
    expect(modelCard(state).card).toContain('queries = model.encode_query(["A query"], prompt="query: ")');
    expect(modelCard(state).card).toContain('passages = model.encode_document(["A passage"])');
    Object.assign(state.config.DEFAULT_CONFIG, { TASK: 'reranker' });
    expect(modelCard(state).card).toContain('model = CrossEncoder("best_overall_model")');
  });

  test('of a reranker whose rows tell of no ranking is told by the score that the trainer has found right', async () => {
    const state = studiedRun('TASK=reranker', 'REPORT_LANGUAGE=en');
    const { inspection } = state.trainer!;
    state.trainer = {
      ...state.trainer!,
      inspection: { ...inspection, data: { ...inspection.data, metric: 'spearman' } },
    };
    state.untouched = -0.2;
    const { metric, visible } = progressOf(state);
    expect(metric).toEqual(CORRELATION);
    const context = adviserContext(state, null, {});
    const all = [await report(state), modelCard(state).card, fillPrompt('system', context), visible!.text.en].join(
      '\n',
    );
    expect(all).not.toMatch(/NDCG|ndcg|queries|NaN/);
    expect(all).toContain('Score (Spearman, dev split)');
    expect(all).toContain('Spearman correlation between the labels of the pairs');
    expect(visible!.text.en).toMatch(/^on \d+ dev pairs only differences above 0\.\d+ can be seen/);
    const { DEFAULT_CONFIG } = resolveConfig({ set: ['TASK=reranker', 'CONSTRAINTS=["ndcg_at_10 >= 0.5"]'] });
    expect(refuseResult(DEFAULT_CONFIG, result(0.7))).toBeNull();
    expect(refuseResult(DEFAULT_CONFIG, result(0.7), kindOf(state.trainer).metric)).toMatchObject({
      kind: 'bad_config',
      message: expect.stringContaining('reports no ndcg_at_10; it reports spearman'),
    });
  });

  test('of graded pairs reads as before, without keys that mean nothing to it', async () => {
    const text = await report(studiedRun('REPORT_LANGUAGE=en'));
    expect(text).toContain('STSB_TRAIN_SPLIT');
    expect(text).not.toMatch(/`TRAINER|`LORA|`METRIC/);
    const system = fillPrompt('system', adviserContext(studiedRun(), null, {}));
    expect(system).toContain(
      'Score: Spearman correlation between graded similarity and cosine similarity on a fixed dev split, from -1 to 1, higher is better.',
    );
  });
});
