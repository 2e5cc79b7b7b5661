/** The story of own trainings: what is not asked of them, and trials that break a constraint. */
import { describe, expect, test } from '@jest/globals';
import { refuseResult } from '../../src/domain/constraints.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { incumbentOf } from '../../src/domain/runTrials.ts';
import type { TrainerFacts } from '../../src/domain/trainerFacts.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { pluginRun, result } from '../domain/runs.ts';
import type { MemoryWorld } from './memoryHost.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';

interface Playing {
  set?: string[];
  /** RMSE and LATENCY_MS of a configuration. */
  measure: (C: number, seed: number) => [number, number];
  test?: boolean;
}

async function play({
  set = [],
  measure,
  test: held = false,
}: Playing): Promise<{ state: RunState; world: MemoryWorld }> {
  const state = pluginRun('INTERACTIVE_MODE=false', 'NOISE_SEEDS=0', 'MAX_PRIORITY_PARAMS=2', ...set);
  const facts = structuredClone(state.trainer!) as TrainerFacts;
  facts.inspection.data.splits.test = held ? { rows: 0, name: 'test' } : null;
  state.trainer = null;
  const world = memoryWorld(
    state,
    {
      probeTrainer: async () => facts,
      trainTrial: async ({ config }) => {
        const [RMSE, LATENCY_MS] = measure((config as unknown as { C: number }).C, config.SEED);
        const done = { ...result(-RMSE), metrics: { LATENCY_MS } };
        const refused = refuseResult(config, done);
        if (refused) throw typedFailure(refused.kind, refused.facts);
        return done;
      },
    },
    undefined,
    undefined,
    6,
  );
  await tellRun(world.host);
  return { state, world };
}

const CONSTRAINED = ['CONSTRAINTS=["LATENCY_MS <= 20"]'];

describe('an own training', () => {
  test('is tuned over its own keys; no untouched model is scored, and nothing is confirmed without held-out rows', async () => {
    const { state, world } = await play({ measure: (C) => [10 + Math.abs(C - 50), 1] });
    expect(state.status).toBe('completed');
    expect(world.calls).not.toContain('scoreUntouched');
    expect(world.calls).not.toContain('confirmHeldOut');
    expect(state.notes.join('\n')).toContain('the training scores no held-out rows');
    expect(Object.keys(incumbentOf(state)!.values).sort()).toEqual(['C', 'kernel']);
    expect(incumbentOf(state)!.result.score).toBeGreaterThan(-59);
    expect(state.published!.why.en).toContain('There are no held-out scores');
  });

  test('with held-out rows is confirmed without an untouched model', async () => {
    const { state, world } = await play({ measure: (C) => [10 + Math.abs(C - 50), 1], test: true });
    expect(world.calls).toContain('confirmHeldOut');
    expect(state.confirmation).toMatchObject({ best: 0.5, baseline: 0.5 });
    expect(state.confirmation).not.toHaveProperty('untouched');
  });
});

describe('trials that break a constraint', () => {
  test('never win, however good they are', async () => {
    // The best errors are slow.
    const { state } = await play({ set: CONSTRAINED, measure: (C) => (C > 40 ? [1, 35] : [60 - C, 10]) });
    const broken = state.trials.filter(({ failure }) => failure?.kind === 'inadmissible');
    expect(broken.length).toBeGreaterThan(0);
    expect(broken.every(({ result: none, accepted }) => none === null && !accepted)).toBe(true);
    expect(state.status).toBe('completed');
    expect(incumbentOf(state)!.result.metrics).toEqual({ LATENCY_MS: 10 });
  });

  test('may be the default: the search goes on, and the run says so', async () => {
    const { state } = await play({ set: CONSTRAINED, measure: (C) => (C < 2 ? [1, 35] : [60 - C / 2, 10]) });
    expect(state.baseline).toBeNull();
    expect(state.status).toBe('completed');
    expect(incumbentOf(state)).not.toBeNull();
    expect(state.published).toMatchObject({ what: 'best', why: { en: expect.stringContaining('no other model') } });
  });

  test('with a fresh seed only: the winner is not confirmed, and the default is published', async () => {
    const { state } = await play({
      set: [...CONSTRAINED, 'CONFIRM_SEEDS=2'],
      test: true,
      measure: (C, seed) => [60 - C / 2, C > 2 && seed === 44 ? 35 : 10],
    });
    expect(state.notes.filter((note) => note.startsWith('the winner is not confirmed'))).toEqual([
      'the winner is not confirmed: trained with seed 44 it is inadmissible (it was inadmissible)',
    ]);
    expect(state.published).toMatchObject({ what: 'baseline', why: { en: /broke a constraint with a fresh seed/ } });
  });

  test('may be all: the run fails with a clear sentence', async () => {
    const { state } = await play({ set: CONSTRAINED, measure: () => [1, 35] });
    expect(state.status).toBe('failed');
    expect(state.endedEarly).toMatch(/^no training was admissible: all \d+ broke a constraint \(LATENCY_MS <= 20\)/);
  });

  test('on what is not measured end the run at the first training', async () => {
    const { state } = await play({ set: ['CONSTRAINTS=["SIZE_MB <= 20"]'], measure: () => [1, 35] });
    expect(state).toMatchObject({ status: 'failed', failureKind: 'bad_config' });
    expect(state.trials).toHaveLength(1);
  });
});
