/** A finished run of a release before 0.4.0, with everything that may go wrong on the way. */
import { currentValues } from '../../src/domain/configurations.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { result, run, trial } from '../domain/runs.ts';

/** A run with a default, two rounds, a failed trial with a remedy, refusals, decisions and a confirmation. */
export function fullRun(text = 'a plain reason', ...set: string[]): RunState {
  const state = run(...set);
  const base = currentValues(state);
  recordTrial(
    state,
    trial({
      id: '1'.repeat(16),
      number: 1,
      purpose: 'baseline',
      key: null,
      round: null,
      values: base,
      proposedBy: 'default',
      result: result(0.6123),
    }),
  );
  recordTrial(
    state,
    trial({
      id: '2'.repeat(16),
      number: 2,
      round: 1,
      values: { ...base, LEARNING_RATE: 1e-4 },
      reason: { zh: `中文：${text}`, en: text },
      result: { ...result(0.6789), attempts: 2, resumedFrom: [50] },
    }),
  );
  recordTrial(
    state,
    trial({
      id: '3'.repeat(16),
      number: 3,
      round: 2,
      values: { ...base, LEARNING_RATE: 5e-4 },
      failure: { kind: 'nan', message: text, facts: {} },
      remedies: [{ kind: 'oom', before: { TRAIN_BATCH_SIZE: 8 }, after: { TRAIN_BATCH_SIZE: 4 } }],
    }),
  );
  return {
    ...state,
    status: 'completed',
    adviser: { kind: 'openai', model: 'gpt-test', note: '' },
    plan: { baseConfig: {}, priorityKeys: ['LEARNING_RATE'], reason: { zh: '计划', en: text }, proposedBy: 'adviser' },
    fixed: [{ key: 'LEARNING_RATE', value: 1e-4, trial: '2'.repeat(16), rounds: 2, why: 'all 2 rounds' }],
    refusals: [
      { step: 'suggest-LEARNING_RATE-1', key: 'LEARNING_RATE', proposal: 'SEED = 7', why: 'SEED is protected' },
    ],
    decisions: [
      { at: 0, gate: 'LEARNING_RATE/round-1', decision: 'continue', by: 'ann (terminal)', outcome: 'applied: goes on' },
    ],
    notes: [text],
    confirmation: {
      split: 'test',
      pairs: 500,
      baseline: 0.6001,
      best: 0.6502,
      difference: { mean: 0.0501, low: 0.02, high: 0.08 },
      seeds: [{ seed: 43, baseline: 0.6, best: 0.65 }],
    },
    usage: {
      calls: 4,
      attempts: 5,
      promptTokens: 1200,
      completionTokens: 340,
      assumedTokens: 0,
      timeOuts: 0,
      adviserSeconds: 0,
      costUsd: 0.0123,
      trainSeconds: 95,
    },
    summary: { text: { zh: '总结', en: text }, model: 'gpt-test' },
    bestModel: 'models/x/best_overall_model',
  };
}
