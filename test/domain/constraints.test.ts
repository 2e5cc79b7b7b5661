/** What makes a trial inadmissible, and what a run says of it. */
import { describe, expect, test } from '@jest/globals';
import { defaultFailed, metricsOfTrial, nothingWon, refuseResult } from '../../src/domain/constraints.ts';
import { isHopeless, isShared, isWorthResuming } from '../../src/domain/failures.ts';
import type { Failure } from '../../src/domain/trials.ts';
import { config, pluginConfig, pluginRun, result, trial } from './runs.ts';

const measured = (score: number, metrics: Record<string, number | null>) => ({ ...result(score), metrics });
const constrained = (...constraints: string[]) =>
  pluginConfig(`CONSTRAINTS=${JSON.stringify(constraints)}`).DEFAULT_CONFIG;

describe('a constraint', () => {
  test.each([
    ['LATENCY_MS <= 20', 20, true],
    ['LATENCY_MS<=20', 20.1, false],
    ['LATENCY_MS < 20', 20, false],
    ['LATENCY_MS >= 1e-3', 0.001, true],
    ['LATENCY_MS > -5', -5, false],
    ['LATENCY_MS <= 20', null, false],
  ])('%s of a training that measured %p: admissible is %p', (constraint, value, admissible) => {
    const refused = refuseResult(constrained(constraint), measured(-1, { LATENCY_MS: value }));
    expect(refused?.kind ?? 'admissible').toBe(admissible ? 'admissible' : 'inadmissible');
  });

  test('is told with the figure that breaks it, and everything that was measured', () => {
    expect(refuseResult(constrained('RMSE <= 10', 'SIZE<=3'), measured(-12.5, { SIZE: 2 }))).toEqual({
      kind: 'inadmissible',
      message: 'RMSE is 12.5, and RMSE <= 10 must hold',
      facts: { constraint: 'RMSE <= 10', value: 12.5, score: -12.5, metrics: { RMSE: 12.5, SIZE: 2 } },
    });
    expect(refuseResult(constrained('RMSE <= 10'), measured(-9, {}))).toBeNull();
  });

  test('holds for tasks, too, by the names of what they measure', () => {
    const { DEFAULT_CONFIG } = config('CONSTRAINTS=["pearson >= 0.5"]');
    expect(refuseResult(DEFAULT_CONFIG, measured(0.7, { pearson: 0.4 }))?.kind).toBe('inadmissible');
    expect(refuseResult(DEFAULT_CONFIG, measured(0.7, { pearson: 0.6 }))).toBeNull();
  });

  test('on what is not measured is a mistake of the configuration, with what there is', () => {
    expect(refuseResult(constrained('LATENCY <= 20'), measured(-1, { LATENCY_MS: 3 }))).toMatchObject({
      kind: 'bad_config',
      message: expect.stringContaining('the training reports no LATENCY; it reports RMSE, LATENCY_MS'),
    });
  });

  test('is refused when it cannot be read', () => {
    expect(() => constrained('LATENCY_MS is small')).toThrow(/allowed: a metric, one of <=, >=, <, >, and a number/);
  });
});

const broken: Failure = refuseResult(constrained('RMSE <= 10'), measured(-12.5, {}))!;

test('an inadmissible trial fails again, has no remedy, and says nothing of other configurations', () => {
  expect([isHopeless('inadmissible'), isShared('inadmissible'), isWorthResuming(broken)]).toEqual([true, false, false]);
});

test('a run in which nothing is admissible says so; other failures are told as before', () => {
  const inadmissible = trial({ failure: broken });
  const oom = trial({ failure: { kind: 'oom', message: '', facts: {} } });
  expect(nothingWon([inadmissible, inadmissible])).toBe(
    'no training was admissible: all 2 broke a constraint (RMSE <= 10)',
  );
  expect(nothingWon([inadmissible, oom])).toBe('no training succeeded');
  expect(nothingWon([])).toBe('no training succeeded');
  expect(defaultFailed({ trials: [trial({ purpose: 'baseline', failure: broken })] }).en).toBe(
    'is inadmissible (RMSE is 12.5, and RMSE <= 10 must hold)',
  );
  expect(defaultFailed(pluginRun()).en).toBe('could not be trained');
});

test('what an inadmissible trial measured is known', () => {
  expect(metricsOfTrial(trial({ failure: broken }))).toEqual({ RMSE: 12.5 });
  expect(metricsOfTrial(trial({ result: measured(1, { SIZE: 2 }) }))).toEqual({ SIZE: 2 });
  expect(metricsOfTrial(trial({ failure: { kind: 'nan', message: '', facts: {} } }))).toBeNull();
});
