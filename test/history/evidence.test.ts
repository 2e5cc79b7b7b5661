/** What earlier runs give to a later one: good settings on similar data, as hints. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Confirmation } from '../../src/domain/confirmation.ts';
import type { EarlierEvidence } from '../../src/domain/contract.ts';
import { earlierEvidence } from '../../src/activities/earlierEvidence.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { tunableValues } from '../../src/domain/searchSpace.ts';
import type { Hint } from '../../src/domain/study.ts';
import type { Trial, Values } from '../../src/domain/trials.ts';
import { hintsFrom } from '../../src/history/evidence.ts';
import { keepOnDisk } from '../activities/stage.ts';
import { FACTS, result, run, trial } from '../domain/runs.ts';

type Inspection = NonNullable<RunState['trainer']>['inspection'];

/** The run that asks: its default scores 0.6, the untouched model 0.55. */
function asking(...set: string[]): RunState {
  const state = { ...run(...set), untouched: 0.55 };
  measure(state, 'default', 0.6, {}, { purpose: 'baseline', key: null });
  return state;
}

function measure(state: RunState, id: string, score: number, change: Values, more: Partial<Trial> = {}): void {
  const values = { ...tunableValues(state.config.DEFAULT_CONFIG, state.config.TUNABLE_KEYS), ...change };
  recordTrial(state, trial({ id, number: state.trials.length + 1, values, result: result(score), ...more }));
}

/** An earlier run on the same data whose best is `change`. */
function earlier(
  name: string,
  change: Values = { LEARNING_RATE: 1e-4, NUM_TRAIN_EPOCHS: 3 },
  { score = 0.7, verdict = null as Confirmation['verdict'] | null, set = [] as string[] } = {},
): RunState {
  const state: RunState = {
    ...asking(...set),
    run: name,
    noise: { atDefault: 0.005, atBase: 0.02, repeats: 2 },
  };
  measure(state, 'best', score, change);
  if (verdict)
    state.confirmation = { split: 'test', pairs: 500, baseline: 0.6, best: 0.7, difference: null, seeds: [], verdict };
  return state;
}

const onData = (state: RunState, data: Partial<Inspection['data']>, scores: Partial<RunState> = {}): RunState => ({
  ...state,
  ...scores,
  trainer: { ...FACTS, inspection: { ...FACTS.inspection, data: { ...FACTS.inspection.data, ...data } } },
});
const changes = (hints: Hint[]) => hints.map(({ change }) => change);
const WON = { LEARNING_RATE: 1e-4, NUM_TRAIN_EPOCHS: 3 };

test('the winner of an earlier run on the same data is one hint, as a whole, and says whose it is', () => {
  expect(hintsFrom(asking(), [earlier('first')])).toEqual([
    {
      change: WON,
      by: 'earlier_run',
      source:
        "best of first on the same data: dev 0.7000 against its default's 0.6000, beyond noise, not confirmed on held-out rows",
    },
  ]);
});

test('confirmed ones come first, then more similar data, then the greater gain; three at most, each once', () => {
  const rate = (value: number) => ({ LEARNING_RATE: value });
  const hints = hintsFrom(asking(), [
    earlier('a', rate(3e-5), { score: 0.68 }),
    onData(earlier('b', rate(4e-5), { score: 0.75 }), { fingerprint: 'other' }),
    earlier('c', rate(5e-5), { score: 0.72 }),
    earlier('d', rate(6e-5), { score: 0.66, verdict: 'better' }),
    earlier('e', rate(5e-5), { score: 0.71 }),
  ]);
  expect(changes(hints)).toEqual([rate(6e-5), rate(5e-5), rate(3e-5)]);
  expect(hints[0]!.source).toContain('confirmed on held-out rows');
  expect(hints[1]!.source).toContain('best of c');
});

describe('nothing comes from a run', () => {
  test.each<[string, () => RunState]>([
    ['whose best is its default', () => earlier('x', WON, { score: 0.5 })],
    ['whose best leads by less than noise', () => earlier('x', WON, { score: 0.62 })],
    ['whose winner was worse on held-out rows', () => earlier('x', WON, { verdict: 'worse' })],
    [
      'of another model',
      () => ({
        ...earlier('x'),
        trainer: {
          ...FACTS,
          inspection: { ...FACTS.inspection, model: { ...FACTS.inspection.model, fingerprint: 'y' } },
        },
      }),
    ],
    ['that never saw its data', () => ({ ...earlier('x'), trainer: null })],
    [
      'on ten times the rows',
      () =>
        onData(earlier('x'), {
          fingerprint: 'other',
          splits: { ...FACTS.inspection.data.splits, train: { rows: 2000, name: 'train' } },
        }),
    ],
    [
      'on another source whose scores are unknown',
      () => onData(earlier('x'), { fingerprint: 'o', source: 'o' }, { untouched: null }),
    ],
    [
      'on a source that the untouched model knows better',
      () => onData(earlier('x'), { fingerprint: 'o', source: 'o' }, { untouched: 0.9 }),
    ],
    [
      'on other rows where its default did something else',
      () => onData(earlier('x'), { fingerprint: 'o' }, { untouched: 0.64 }),
    ],
    [
      'on grades of another range',
      () => onData(earlier('x', WON, { set: ['SCORE_RANGE=[0, 5]'] }), { fingerprint: 'o' }),
    ],
    ['whose value lies outside the space', () => earlier('x', { LEARNING_RATE: 4e-4 })],
    ['whose key may not be tuned here', () => earlier('x', { LR_SCHEDULER: 'cosine' })],
    [
      'of another task',
      () => {
        const run = earlier('x');
        return { ...run, config: { ...run.config, DEFAULT_CONFIG: { ...run.config.DEFAULT_CONFIG, TASK: 'triplet' } } };
      },
    ],
    ['that trained with another loss', () => earlier('x', WON, { set: ['LOSS=cosine'] })],
  ])('%s', (_what, make) => {
    const state = asking(
      'TUNABLE_KEYS={LEARNING_RATE: {type: float, min: 1e-6, max: 2e-4, scale: log}, NUM_TRAIN_EPOCHS: {type: int, min: 1, max: 5}}',
      'SCORE_RANGE=[0, 1]',
    );
    expect(hintsFrom(state, [earlier('y')])).toHaveLength(1);
    expect(hintsFrom(state, [make()])).toEqual([]);
  });
});

test.each<[string, Partial<Inspection['data']>, Partial<RunState>, string]>([
  ['other rows of the same source', { fingerprint: 'o' }, { untouched: null }, 'other rows of the same data'],
  ['another source where all scores agree', { fingerprint: 'o', source: 'o' }, { untouched: 0.56 }, 'behave alike'],
])('%s are similar', (_what, data, scores, words) => {
  expect(hintsFrom(asking(), [onData(earlier('x'), data, scores)])[0]!.source).toContain(words);
});

test('what this run has measured, or trains anyway, is no hint', () => {
  const state = asking();
  measure(state, 'known', 0.6, WON);
  expect(hintsFrom(state, [earlier('x')])).toEqual([]);
  expect(hintsFrom(asking('LEARNING_RATE=1e-4', 'NUM_TRAIN_EPOCHS=3'), [earlier('x')])).toEqual([]);
});

test('a lead counts as the mean over all seeds of both', () => {
  const lucky = earlier('x', WON, { score: 0.66 });
  expect(hintsFrom(asking(), [lucky])).toHaveLength(1);
  for (const seed of [43, 44]) measure(lucky, `again-${seed}`, 0.6, WON, { purpose: 'repeat', seed });
  expect(hintsFrom(asking(), [lucky])).toEqual([]);
});

test('the activity reads the records of other runs, and takes none where trials are not to be reused', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'evidence-'));
  try {
    const root = `OUTPUT_DIR_ROOT=${path.join(folder, 'models')}`;
    const own = asking(root);
    // One that took nothing from others gives what it measured all the same.
    await keepOnDisk(earlier('first', WON, { set: [root, 'REUSE_TRIALS=false'] }), 'tuning-first');
    await keepOnDisk(own, 'tuning-own');
    const ask = async (state: RunState): Promise<Hint[]> =>
      ((await new MockActivityEnvironment().run(earlierEvidence, { state })) as EarlierEvidence).hints;
    expect(changes(await ask(own))).toEqual([WON]);
    expect(await ask(asking(root, 'REUSE_TRIALS=false'))).toEqual([]);
    expect(await ask({ ...own, trainer: null })).toEqual([]);
    rmSync(path.join(folder, 'models', 'first'), { recursive: true });
    expect(await ask(own)).toEqual([]);
    rmSync(path.join(folder, 'models'), { recursive: true });
    expect(await ask(own)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
