/** Scores of any metric: shown as it is, and never taken for a correlation. */
import { describe, expect, test } from '@jest/globals';
import { formatsOf } from '../../src/domain/formats.ts';
import { noiseOf } from '../../src/domain/influence.ts';
import { CORRELATION, metricWords, scoreInterval } from '../../src/domain/metric.ts';
import type { Metric } from '../../src/domain/metric.ts';
import { noticeableDifference, scoreUnit, standardError } from '../../src/domain/noise.ts';
import { prunedMessage } from '../../src/domain/pruning.ts';
import { studyRequest } from '../../src/domain/studyRequest.ts';
import { anytimeAnswer } from '../../src/domain/anytimeAnswer.ts';
import { verdictOf } from '../../src/domain/verdict.ts';
import { challenged } from '../../src/domain/challengeWords.ts';
import { explain } from '../../src/domain/searchWords.ts';
import { checkProposals } from '../../src/domain/proposals.ts';
import type { Trial } from '../../src/domain/trials.ts';
import { pluginRun, result, trial } from './runs.ts';
import { candidate, study } from './studied.ts';

const RMSE: Metric = { name: 'RMSE', direction: 'minimize', unit: 'm', scale: 'free' };
const SHARE: Metric = { name: 'accuracy', direction: 'maximize', unit: null, scale: 'share' };

describe('numbers of a metric', () => {
  test('that is minimised are shown as they are, and better is less', () => {
    const { formatScore, formatDelta, formatSpread, formatEnds, formatDeltaEnds } = formatsOf(RMSE);
    // Inside, an RMSE of 12.5 is the score −12.5.
    expect(formatScore(-12.5)).toBe('12.5');
    expect(formatScore(-0)).toBe('0');
    expect(formatDelta(0.25)).toBe('−0.25');
    expect(formatSpread(0.123456789)).toBe('0.123');
    expect(formatEnds({ low: -14, high: -11 })).toEqual(['11', '14']);
    expect(formatDeltaEnds({ low: -0.5, high: 2 })).toEqual(['−2', '+0.5']);
    expect(formatScore(null)).toBe('–');
  });

  test('of any scale have five significant digits; those between 0 and 1 four decimals', () => {
    const { formatScore } = formatsOf({ ...RMSE, direction: 'maximize' });
    expect([12345.678, 0.00001234567, 0.5].map(formatScore)).toEqual(['12346', '1.2346e-5', '0.5']);
    expect(formatsOf(SHARE).formatScore(0.5)).toBe('0.5000');
    expect(formatsOf(CORRELATION).formatDelta(-0.01)).toBe('−0.0100');
  });

  test('say which direction is better, and in what', () => {
    expect(metricWords(RMSE)).toEqual({ zh: 'RMSE（越低越好，单位 m）', en: 'RMSE (lower is better, in m)' });
    expect(metricWords(SHARE).en).toBe('accuracy (higher is better)');
  });

  test('as an adviser gives them become scores', () => {
    expect(scoreInterval(RMSE, { low: 11, high: 14 })).toEqual({ low: -14, high: -11 });
    expect(scoreInterval(SHARE, { low: 0.1, high: 0.2 })).toEqual({ low: 0.1, high: 0.2 });
  });
});

describe('sampling noise', () => {
  test('of a share is a binomial proportion’s, and never nothing', () => {
    expect(standardError(0.5, 100, SHARE)).toBeCloseTo(0.05, 4);
    expect(standardError(1, 100, SHARE)).toBeGreaterThan(0);
    expect(standardError(1, 0, SHARE)).toBeNull();
    expect(standardError(-0.2, 500, SHARE)).toBe(standardError(0, 500, SHARE));
    expect(standardError(1.2, 500, SHARE)).toBe(standardError(1, 500, SHARE));
    expect(noticeableDifference(0.8, 100, SHARE)).toBeGreaterThan(noticeableDifference(0.8, 400, SHARE)!);
  });

  test('of any scale is not known', () => {
    expect(standardError(-12, 100, RMSE)).toBeNull();
    expect(noticeableDifference(-12, 100, RMSE)).toBeNull();
  });

  test('guesses are made in what the scores are measured in', () => {
    expect(scoreUnit(CORRELATION, [0.3])).toBe(1);
    expect(scoreUnit(RMSE, [0, -50, -40])).toBe(50);
    expect(scoreUnit(RMSE, [])).toBe(1);
    expect(noiseOf([], 50)).toBe(50 * noiseOf([]));
  });
});

describe('a run of an own training', () => {
  const state = pluginRun();
  const scored = (number: number, C: number, score: number) =>
    ({
      ...trial({
        id: `trial-${number}`,
        number,
        purpose: number === 1 ? 'baseline' : 'round',
        values: { C, kernel: 'rbf' },
        result: result(score),
      }),
      delta: null,
      accepted: true,
    }) satisfies Trial;

  test('tells the search model what its scores are measured in; one with a known scale does not', () => {
    const of = { ...state, trials: [scored(1, 1, -50)], baseline: 'trial-1' };
    expect(studyRequest(of, null, 1)).toMatchObject({ unit: 50, defaults: { C: 1, kernel: 'rbf' } });
  });

  test('that was ended early is told in its metric; one with a known scale in the trainer’s words', () => {
    const facts = { look: 2, step: 5, total_steps: 10, score: -14, below: -12.25 };
    const own = formatsOf(state.config.DEFAULT_CONFIG);
    expect(prunedMessage('below', facts, own)).toBe('ended at look 2, after step 5 of 10: its RMSE 14 is above 12.25');
    expect(prunedMessage('below', facts, formatsOf(CORRELATION))).toBe('below');
    expect(prunedMessage('below', {}, own)).toBe('below');
  });

  test('has no answer about rows that nobody knows the noise of', () => {
    const of = { ...state, trials: [scored(1, 1, -50), scored(2, 2, -48)] };
    const { devPairs, data } = anytimeAnswer(of);
    expect([devPairs.pays, data.pays]).toEqual(['unknown', 'unknown']);
  });

  test('speaks of the metric as it is', () => {
    const trials = [scored(1, 1, -50), scored(2, 2, -48)];
    const of = { ...state, status: 'completed' as const, trials, baseline: 'trial-1', incumbent: 'trial-2' };
    const { line, next } = verdictOf(of)!;
    expect(line.en).toContain('dev score 50 → 48');
    expect(next.en).toContain('let the training score held-out rows');
    const noise = { atDefault: 1, atBase: 1, repeats: 2 };
    const text = challenged(-48, -50, { noise, seed: 43 }, formatsOf(of.config.DEFAULT_CONFIG)).en;
    expect(text).toMatch(/^48 is 2 below the best so far \(50\), .* differ by 1\.41/);
    const one = candidate({ mean: -49, sd: 3 });
    const reach = explain(one, study([one], { shortlist: [] }), formatsOf(RMSE)).en;
    expect(reach).toContain('49 ± 3');
    expect(reach).toContain('the least of');
  });

  test('takes predictions of any size; a share is between 0 and 1', () => {
    const reason = { zh: '这一次训练值得尝试。', en: 'This training is worth a try for now.' };
    const judged = (scale: Metric['scale'], prediction: { low: number; high: number }) =>
      checkProposals(
        { reason, prediction, action: 'train', proposals: [{ key: 'C', value: 3 }] },
        {
          question: {
            keys: ['C'],
            candidates: 0,
            count: 1,
            ownAtMost: 1,
            mayRepeat: false,
            mayStop: false,
            limited: null,
          },
          scale,
          spaces: state.config.TUNABLE_KEYS,
          study: study([], { base: { values: { C: 1, kernel: 'rbf' }, mean: 0, sd: 1 } }),
          shown: [],
          tried: () => false,
        },
      );
    expect(judged('free', { low: -60, high: -40 }).verdict).toBe('train');
    expect(judged('share', { low: -0.1, high: 0.4 })).toMatchObject({
      verdict: 'refused',
      why: 'the prediction is no interval of scores; allowed: from 0 to 1',
    });
  });
});
