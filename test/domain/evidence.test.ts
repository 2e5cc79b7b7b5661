/** What a language model is shown: everything that decides, and never more than fits. */
import { expect, test } from '@jest/globals';
import { fillPrompt } from '../../src/advisers/prompts.ts';
import { evidenceOf } from '../../src/domain/evidence.ts';
import { carriedOver } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { adviserContext } from '../../src/domain/trajectory.ts';
import { FACTS, result, run, trial } from './runs.ts';
import { BASE, study } from './studies.ts';

const QUESTION = {
  keys: ['LEARNING_RATE'],
  candidates: 3,
  count: 1,
  ownAtMost: 1,
  mayRepeat: true,
  mayStop: true,
  limited: null,
};

function dataWithFacts(): typeof FACTS.inspection.data {
  const { data } = FACTS.inspection;
  const texts = { median: 40, p95: 120, longest: 300 };
  const train = { ...data.splits.train, texts, score_quartiles: [0.25, 0.5, 0.75] as [number, number, number] };
  return { ...data, splits: { ...data.splits, train }, warnings: ['3 pairs twice'] };
}

function measuredRun(trials = 1): RunState {
  const state = run('MAX_TOKENS=5000', 'MAX_TRAIN_SECONDS=600', 'EVAL_LOOKS=4');
  state.trainer = {
    ...FACTS,
    inspection: { ...FACTS.inspection, data: dataWithFacts() },
  };
  state.untouched = 0.5511;
  state.noise = { atDefault: 0.004, atBase: 0.005, repeats: 2 };
  state.spent = 2;
  state.usage = { ...state.usage, promptTokens: 1000, trainSeconds: 100 };
  state.plan = {
    baseConfig: {},
    priorityKeys: ['LEARNING_RATE', 'WARMUP_RATIO'],
    reason: { zh: '学习率', en: 'Rates first.' },
    proposedBy: 'adviser',
  };
  recordTrial(
    state,
    trial({
      id: 'a'.repeat(16),
      purpose: 'baseline',
      key: null,
      proposedBy: 'default',
      values: BASE,
      result: result(0.6),
    }),
  );
  for (let number = 2; number < 2 + trials; number += 1)
    recordTrial(
      state,
      trial({
        id: number.toString(16).padStart(16, '0'),
        number,
        values: { ...BASE, LEARNING_RATE: number * 1e-6 },
        reason: { zh: '更小', en: `Reason ${number}.` },
        origin: 'own',
        predicted: { byModel: { low: 0.55, high: 0.65 }, byAdviser: { low: 0.61, high: 0.62 } },
        result: {
          ...result(0.59 - number / 1e5),
          steps: 100,
          bestStep: 50,
          losses: {
            first: 1.25,
            last: 0.5,
          },
          cpuSeconds: 16,
          trainSeconds: 99,
          looks: [25, 50, 75, 100].map((step) => ({
            step,
            score: 0.58 + step / 1e4,
          })),
        },
      }),
    );
  return state;
}
const prompt = (state: RunState) =>
  fillPrompt('next', adviserContext(state, null, { study: study(), question: QUESTION, runSecondsLeft: 77 }));

test('a prompt tells what was missed most', () => {
  const text = prompt(measuredRun());
  for (const told of [
    'Untouched model, before any training: 0.5511',
    'The score of a training is the best of 4 looks at equal shares of its steps. Loss: cosent',
    'standard deviation of 0.0050 (measured with 2 repeats)',
    '25:0.582 50:0.585 75:0.587 100:0.590 | 50 | 1.25 → 0.500 | 16 |',
    'search 0.550 to 0.650, you 0.610 to 0.620',
    // The difference from the best, with the interval that seed noise gives it.
    '−0.010 (−0.024 to +0.004)',
    '7 trainings, 500 s of training, 77 s of the run, 4000 of your tokens; keys with untried values: LEARNING_RATE',
    'Your plan: LEARNING_RATE, WARMUP_RATIO (Rates first.)',
    '- training 2: Reason 2.',
    'It builds on LEARNING_RATE=2e-5',
    '0.0300 (0.000 to 0.060) may still be gained in all',
  ])
    expect(text).toContain(told);
  expect(fillPrompt('system', adviserContext(measuredRun(), null, {}))).toContain(
    '500 held out; sentences of 40 characters in the median, 120 at the 95th of 100, 300 at most; grades (0 to 1): quartiles 0.25, 0.50, 0.75; 3 pairs twice',
  );
});

test('the cost of a training does not depend on what ran beside it', () => {
  expect(evidenceOf(measuredRun(), {}).lines[1]).toMatchObject({
    seconds: 16,
    changed: ['LEARNING_RATE'],
    values: { LEARNING_RATE: 2e-6 },
  });
});

test('with 1,000 trainings it is hardly longer than with 20', () => {
  const many = measuredRun(1000);
  many.trials.forEach((one) => {
    one.result!.looks = Array.from({ length: 100 }, (_, step) => ({ step, score: 0.5 }));
  });
  const long = prompt(many);
  expect(long.length).toBeLessThan(prompt(measuredRun(20)).length * 1.2);
  expect(long.length).toBeLessThan(12_000);
  expect(JSON.stringify(adviserContext(many, null, { study: study(), question: QUESTION })).length).toBeLessThan(
    30_000,
  );
  // The default, the best and the newest are among what is left.
  expect(evidenceOf(many, {}).lines.map(({ number }) => number)).toEqual(expect.arrayContaining([1, 2, 1001]));
});

test('noise that was not measured is said to be a guess', () => {
  const state = { ...measuredRun(), noise: null };
  expect(prompt(state)).toContain('(not measured: estimated from the number of pairs)');
});

test('prompts hold no value that a model could copy', () => {
  for (const name of ['plan', 'next', 'summarise'] as const) {
    const form = fillPrompt(name, adviserContext(measuredRun(), null, { study: study(), question: QUESTION })).split(
      'Form: ',
    )[1]!;
    expect(form).toMatch(/^\{.*\}$/);
    expect(form).not.toMatch(/\d|[A-Z]{3}_/);
  }
});

test('the summary is told the held-out result and its verdict', () => {
  const state = measuredRun();
  state.confirmation = {
    split: 'test',
    pairs: 500,
    baseline: 0.61,
    best: 0.63,
    seeds: [],
    verdict: 'better',
    untouched: 0.55,
    difference: {
      mean: 0.02,
      low: 0.01,
      high: 0.03,
    },
  };
  state.published = { what: 'best', why: { zh: '已确认', en: 'confirmed on held-out rows' } };
  const text = fillPrompt('summarise', adviserContext(state, null, {}));
  expect(text).toContain(
    'default 0.6100, best 0.6300; untouched model 0.5500; best minus default +0.020 (95 %: +0.010 to +0.030); verdict: better',
  );
  expect(text).toContain('published: best (confirmed on held-out rows)');
});

test('a question of a run that an earlier release began keeps its size', () => {
  expect(adviserContext(measuredRun(), 'LEARNING_RATE')).not.toHaveProperty('evidence');
  // A worker of this release may still be asked with it.
  expect(fillPrompt('plan', adviserContext(measuredRun(), null))).toContain(
    '(the untouched model, before any training: unknown)',
  );
});

test('what counts time-outs and waiting is there in runs that did not count them', () => {
  const { timeOuts: _, adviserSeconds: __, ...usage } = run().usage;
  expect(carriedOver({ ...run(), usage } as RunState).usage).toMatchObject({ timeOuts: 0, adviserSeconds: 0 });
});
