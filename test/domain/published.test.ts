/** Which model a run publishes: never one that the evidence calls worse than the default or the untouched model. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Confirmation } from '../../src/domain/confirmation.ts';
import { modelsOfLosers, modelsToKeep } from '../../src/domain/keptModels.ts';
import { formatsOf } from '../../src/domain/formats.ts';
import { CORRELATION } from '../../src/domain/metric.ts';
import { decide, decidePublished, publishedTrial } from '../../src/domain/published.ts';
import type { Evidence } from '../../src/domain/published.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { result, run, trial } from './runs.ts';

const WORDS = { formats: formatsOf(CORRELATION), units: 'pairs' };
const evidence = (change: Partial<Evidence>): Evidence => ({
  rule: 'confirmed',
  winner: 'best',
  heldOut: null,
  dev: { best: 0.7, baseline: 0.67, untouched: 0.66 },
  barred: [],
  ...change,
});
const heldOut = (best: number | null, baseline: number | null, untouched: number | null, verdict = 'better') => ({
  best,
  baseline,
  untouched,
  verdict: verdict as Confirmation['verdict'],
});

describe('what is published', () => {
  test.each<[string, Partial<Evidence>, string]>([
    ['a winner that held-out data confirm', { heldOut: heldOut(0.72, 0.67, 0.66) }, 'best'],
    [
      'the default, when it is not confirmed',
      { heldOut: heldOut(0.68, 0.67, 0.66, 'not_distinguishable') },
      'baseline',
    ],
    ['the default, when the winner is worse', { heldOut: heldOut(0.6, 0.67, 0.66, 'worse') }, 'baseline'],
    ['the untouched model above a confirmed winner', { heldOut: heldOut(0.72, 0.67, 0.73) }, 'untouched'],
    ['the untouched model above an untuned default', { heldOut: heldOut(0.6, 0.64, 0.65, 'worse') }, 'untouched'],
    ['the untouched model, when the default won and is below it', { winner: 'baseline', dev: { best: null, baseline: 0.65, untouched: 0.66 } }, 'untouched'], // prettier-ignore
    ['the winner of the ship rule, without held-out rows', {}, 'best'],
    ['the untouched model above it on dev rows', { dev: { best: 0.7, baseline: 0.67, untouched: 0.71 } }, 'untouched'],
    ['held-out scores before dev scores', { heldOut: heldOut(0.6, 0.61, 0.59, 'not_distinguishable') }, 'baseline'],
    ['the winner, where nothing else was scored', { dev: { best: 0.7, baseline: null, untouched: null } }, 'best'],
    ['the untouched model, when no default was trained and it is not beaten', { heldOut: heldOut(0.66, null, 0.65, 'not_distinguishable') }, 'untouched'], // prettier-ignore
    ['the winner whatever is said, with PUBLISH: best', { rule: 'best', heldOut: heldOut(0.6, 0.67, 0.7, 'worse') }, 'best'], // prettier-ignore
    ['the default, when the winner broke a constraint', { heldOut: heldOut(0.72, 0.67, 0.66), barred: ['best'] }, 'baseline'], // prettier-ignore
    ['the better rival that is admissible', { heldOut: heldOut(0.72, 0.67, 0.7), barred: ['best', 'untouched'] }, 'baseline'], // prettier-ignore
    ['the winner, when no other one is admissible', { heldOut: heldOut(0.72, 0.67, 0.7), barred: ['best', 'baseline', 'untouched'] }, 'best'], // prettier-ignore
    ['the winner, when the untouched model above it is not known to hold constraints', { heldOut: heldOut(0.72, 0.67, 0.73), barred: ['untouched'] }, 'best'], // prettier-ignore
    ['the default that won, when the untouched model above it is not', { winner: 'baseline', dev: { best: null, baseline: 0.65, untouched: 0.66 }, barred: ['untouched'] }, 'baseline'], // prettier-ignore
    ['the untouched model above a winner whose default broke a constraint', { heldOut: heldOut(0.68, 0.67, 0.7, 'better'), barred: ['baseline'] }, 'untouched'], // prettier-ignore
    ['the winner although it is inadmissible, with PUBLISH: best', { rule: 'best', barred: ['best'] }, 'best'],
    ['the default that won, with PUBLISH: best', { rule: 'best', winner: 'baseline' }, 'baseline'],
  ])('is %s', (_name, change, what) => {
    expect(decide(evidence(change), WORDS).what).toBe(what);
  });

  test('says why, with the scores, in both languages', () => {
    const { why } = decide(evidence({ heldOut: heldOut(0.68, 0.67, 0.66, 'not_distinguishable') }), WORDS);
    expect(why.en).toBe(
      'Held-out data do not confirm that the winner is better, so it is not published. Scores on held-out pairs: winner 0.6800, default 0.6700, untouched model 0.6600.',
    );
    expect(why.zh).toMatch(/留出数据无法确认.*最优 0\.6800，默认 0\.6700，原模型 0\.6600/);
  });

  const score = fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: null });
  const scores = fc.record({ best: fc.double({ min: -1, max: 1, noNaN: true }), baseline: score, untouched: score });
  const verdict = fc.constantFrom('better' as const, 'worse' as const, 'not_distinguishable' as const, undefined);

  test('is never worse than default or untouched model, as far as the evidence goes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('best' as const, 'baseline' as const),
        scores,
        fc.option(fc.tuple(scores, verdict), { nil: null }),
        (winner, dev, measured) => {
          const split = measured ? { ...measured[0], verdict: measured[1] } : null;
          const seen = (split ?? dev) as Evidence['dev'];
          fc.pre(winner === 'best' || seen.baseline !== null);
          const { what, why } = decide({ rule: 'confirmed', winner, heldOut: split, dev, barred: [] }, WORDS);
          const rivals = [seen.baseline, seen.untouched].filter((one) => one !== null);
          expect(seen[what]).not.toBeNull();
          for (const rival of rivals) expect(seen[what]!).toBeGreaterThanOrEqual(rival);
          if (what === 'best' && split && rivals.length > 0) expect(split.verdict).toBe('better');
          if (what === 'best') expect(winner).toBe('best');
          expect([why.zh.length > 0, why.en.length > 0]).toEqual([true, true]);
        },
      ),
    );
  });
});

/** Default twice (.67 and .65), a winner twice (.72 and .68). */
function searched(...set: string[]): RunState {
  const state = run(...set);
  const winner = { LEARNING_RATE: 1e-4 };
  const add = (id: string, score: number, change: Parameters<typeof trial>[0]) =>
    recordTrial(state, trial({ id, number: state.trials.length + 1, result: result(score), ...change }));
  add('default', 0.67, { purpose: 'baseline', key: null });
  add('noise', 0.65, { purpose: 'noise', key: null, seed: 43 });
  add('loser', 0.6, { values: { LEARNING_RATE: 1e-5 } });
  add('winner', 0.72, { values: winner });
  add('again', 0.68, { purpose: 'repeat', values: winner, seed: 43 });
  add('fresh', 0.7, { purpose: 'confirmation', values: winner, seed: 44 });
  state.incumbent = 'winner';
  state.untouched = 0.66;
  return state;
}

const confirmed = (change: Partial<Confirmation>): Confirmation => ({
  split: 'test',
  pairs: 500,
  baseline: 0.67,
  best: 0.7,
  untouched: 0.66,
  difference: null,
  verdict: 'better',
  seeds: [42, 44].map((seed) => ({ seed, baseline: 0.67, best: 0.7 })),
  ...change,
});

describe('the evidence of a run', () => {
  test('is held-out scores where there are any', () => {
    const state = searched();
    state.confirmation = confirmed({});
    expect(decidePublished(state).what).toBe('best');
    state.confirmation = confirmed({ verdict: 'not_distinguishable' });
    expect(decidePublished(state)).toMatchObject({ what: 'baseline', why: { en: /winner 0\.7000, default 0\.6700/ } });
  });

  test('is else the mean dev score of each configuration over all of its seeds', () => {
    const state = searched();
    expect(decidePublished(state)).toMatchObject({ what: 'best', why: { en: /winner 0\.7000, default 0\.6600/ } });
    state.untouched = 0.705;
    expect(decidePublished(state).what).toBe('untouched');
  });

  test('bars what broke a constraint with a fresh seed, and the untouched model of which the score alone is known', () => {
    const state = searched('CONSTRAINTS=["SIZE_MB <= 20"]');
    state.untouched = 0.9;
    expect(decidePublished(state)).toMatchObject({
      what: 'best',
      why: { en: /The untouched model is not known to hold CONSTRAINTS, so it is no choice/ },
    });
    const failure = { kind: 'inadmissible' as const, message: 'SIZE_MB is 25, and SIZE_MB <= 20 must hold', facts: {} };
    const values = { LEARNING_RATE: 1e-4 };
    recordTrial(
      state,
      trial({ id: 'broken', number: 9, purpose: 'confirmation', seed: 45, values, result: null, failure }),
    );
    expect(decidePublished(state)).toMatchObject({
      what: 'baseline',
      why: { en: /^The winner broke a constraint with a fresh seed, so it is not published\./ },
    });
    state.config.DEFAULT_CONFIG.CONSTRAINTS = ['spearman >= 0.8'];
    expect(decidePublished(state).what).toBe('untouched');
    state.config.AGENT_SETTINGS.PUBLISH = 'best';
    expect(decidePublished(state).what).toBe('best');
  });

  test('knows that the default won', () => {
    const state = searched('PUBLISH=best');
    state.incumbent = 'default';
    expect(decidePublished(state).what).toBe('baseline');
  });

  test('names the trial to publish; none is the untouched model', () => {
    const state = searched();
    expect(publishedTrial(state)?.id).toBe('winner');
    const why = { zh: '', en: '' };
    state.published = { what: 'baseline', why };
    expect(publishedTrial(state)?.id).toBe('default');
    state.published = { what: 'untouched', why };
    expect(publishedTrial(state)).toBeNull();
  });
});

describe('models that are kept', () => {
  test('are those of default and incumbent, and of confirmation seeds until they are scored', () => {
    const state = searched();
    expect(modelsOfLosers(state)).toEqual(['noise', 'loser', 'again']);
    state.confirmation = confirmed({ seeds: [42, 44].map((seed) => ({ seed, baseline: 0.6, best: 0.7 })) });
    expect(modelsOfLosers(state)).toEqual(['noise', 'loser', 'again', 'fresh']);
  });

  test('are those above the incumbent, whose challenge is not decided', () => {
    const state = searched();
    state.incumbent = 'default';
    expect(modelsOfLosers(state)).toEqual(['noise', 'loser', 'again']);
  });

  test('are in the end the published one and the incumbent', () => {
    const state = searched();
    const why = { zh: '', en: '' };
    state.published = { what: 'baseline', why };
    expect(modelsToKeep(state)).toEqual(new Set(['default', 'winner']));
    state.published = { what: 'untouched', why };
    expect(modelsToKeep(state)).toEqual(new Set(['winner']));
    state.config.AGENT_SETTINGS.KEEP_TRIAL_MODELS = 'all';
    expect(modelsToKeep(state)).toBeNull();
  });
});
