/** Whether data can tell configurations apart: the rule of four times as many, and when a run says so. */
import { describe, expect, test } from '@jest/globals';
import type { RunState } from '../../src/domain/runState.ts';
import type { TrainingConfig } from '../../src/domain/trainingConfig.ts';
import { visibleIn, visibleText } from '../../src/domain/visible.ts';
import { FACTS, run } from './runs.ts';

function withUnits(dev: number, test: number | null): RunState {
  const { data, model } = FACTS.inspection;
  const split = (rows: number, name: string) => ({ rows: 2 * rows, units: rows, name });
  const splits = { ...data.splits, dev: split(dev, 'dev'), test: test === null ? null : split(test, 'test') };
  return { ...run(), untouched: 0.6, trainer: { ...FACTS, inspection: { model, data: { ...data, splits } } } };
}

describe('the smallest difference that a split shows', () => {
  test('halves with three times as many units more', () => {
    const { difference, more, units } = visibleIn(withUnits(100, 500), 'dev')!;
    expect([units, more]).toEqual([100, 300]);
    expect(visibleIn(withUnits(units + more, 500), 'dev')!.difference / difference).toBeCloseTo(0.5, 1);
  });

  test('is that of queries for retrieval, and is not known for an own metric or before a model was scored', () => {
    const pairs = withUnits(100, 500);
    const of = (change: Partial<TrainingConfig>): RunState => ({
      ...pairs,
      config: { ...pairs.config, DEFAULT_CONFIG: { ...pairs.config.DEFAULT_CONFIG, ...change } },
    });
    expect(visibleText(of({ TASK: 'retrieval' }))!.text.en).toContain('on 100 dev queries');
    expect(visibleText(of({ TRAINER: 'my_training.py' }))).toBeNull();
    expect(visibleText({ ...withUnits(100, 500), untouched: null })).toBeNull();
    expect(visibleText({ ...run(), trainer: null })).toBeNull();
  });
});

describe('what a run says', () => {
  test('is one quiet line where held-out data can judge', () => {
    const { hopeless, text } = visibleText(withUnits(100, 500))!;
    expect(hopeless).toBe(false);
    expect(text.en).toMatch(
      /^on 100 dev pairs only differences above 0\.06\d\d can be seen, on 500 held-out pairs only differences above 0\.02\d\d can be seen \(95 %\); 1500 more held-out pairs would halve that$/,
    );
  });

  test('is a warning where the rows that judge hide what tuning may bring', () => {
    const { hopeless, text } = visibleText(withUnits(1000, 60))!;
    expect(hopeless).toBe(true);
    expect(text.en).toContain('the data are too few for a verdict');
    expect(text.en).toContain('180 more held-out pairs would halve that');
    expect(visibleText(withUnits(100, null))!).toMatchObject({ hopeless: true });
    expect(visibleText(withUnits(1000, null))!).toMatchObject({ hopeless: false });
  });
});
