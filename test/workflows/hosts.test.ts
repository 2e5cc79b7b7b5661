/**
 * Several machines that share no disk: work goes where its files are, and a machine that is gone, for a while or for good,
 * costs at most what only it had.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type {
  ConfirmRequest,
  CosinesRequest,
  ProbeRequest,
  PublishRequest,
  TrainRequest,
} from '../../src/domain/contract.ts';
import { MODELS_LOST } from '../../src/domain/failures.ts';
import { publishedTrial } from '../../src/domain/published.ts';
import { newRun } from '../../src/domain/runState.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { FACTS, config, result } from '../domain/runs.ts';
import { Unreached, memoryWorld, typedFailure } from './memoryHost.ts';
import type { Where } from './memoryHost.ts';
import { studyInOrder } from './studyInOrder.ts';

/** Machines with disks of their own. Each answers one question after the other with a number in 0..1 from `luck`. */
function machines(count: number, luck: () => number, dies: (activity: string) => boolean) {
  const disks = new Map(Array.from({ length: count }, (_, index) => [`host-${index}`, new Set<string>()]));
  const anyone = () => [...disks.keys()][Math.floor(luck() * disks.size)]!;
  const seen = { trained: 0, again: 0, deaths: 0, publishedAt: '' };
  const need = (host: string, trials: string[]) => {
    const lost = trials.filter((trial) => !disks.get(host)!.has(trial));
    if (lost.length > 0) throw typedFailure(MODELS_LOST, { trials: lost });
  };
  const does: Record<string, (host: string, request: never) => unknown> = {
    probeTrainer: (host) => ({ ...FACTS, at: host }),
    trainTrial: (host, { trial, modelNeeded, config: { LEARNING_RATE } }: TrainRequest) => {
      seen[modelNeeded ? 'again' : 'trained'] += 1;
      disks.get(host)!.add(trial);
      return { ...result(LEARNING_RATE * 1000), at: host };
    },
    heldOutCosines: (host, { trial }: CosinesRequest) => {
      need(host, [trial]);
      return { cosines: `of ${trial}`, seconds: 1 };
    },
    confirmHeldOut: (host, { models, cosines = {} }: ConfirmRequest) => {
      const trials = models.flatMap(({ trial }) => trial ?? []);
      need(
        host,
        trials.filter((trial) => !Object.hasOwn(cosines, trial)),
      );
      for (const [trial, given] of Object.entries(cosines)) expect(given).toBe(`of ${trial}`);
      return {
        split: 'test',
        pairs: 500,
        scores: models.map(({ arm }) => (arm === 'best' ? 0.6 : 0.5)),
        difference: { mean: 0.1, low: 0.05, high: 0.15 },
        overUntouched: null,
        verdict: 'better',
        seedSd: { baseline: 0.004, best: 0.004, measured: true },
        seconds: 1,
      };
    },
    publishModel: (host, { state }: PublishRequest) => {
      const published = publishedTrial(state);
      if (published) need(host, [published.id]);
      seen.publishedAt = host;
      return { path: 'models/x/best_overall_model' };
    },
  };
  const at: Where = (activity, place) => {
    const work = does[activity];
    if (!work) return null;
    if (dies(activity) && disks.size > 1) {
      disks.delete(anyone());
      seen.deaths += 1;
    }
    return async (request) => {
      const host = place ?? anyone();
      if (!disks.has(host)) throw new Unreached(host);
      return work(host, request);
    };
  };
  return { at, seen };
}

async function tell(count: number, luck: () => number, dies: (activity: string) => boolean = () => false) {
  const { at, seen } = machines(count, luck, dies);
  const settings = config('INTERACTIVE_MODE=false', 'NOISE_SEEDS=1', 'CONFIRM_SEEDS=1', 'SEARCH=adaptive');
  const state = newRun('hosts', settings, 0);
  const world = memoryWorld(
    state,
    { studySearch: async ({ study }) => studyInOrder(study) },
    undefined,
    undefined,
    5,
    at,
  );
  await tellRun(world.host);
  return { state: world.host.state, seen, calls: world.calls };
}

describe('machines that share no disk', () => {
  const luck = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20, maxLength: 60 });
  const rolling = (numbers: number[]) => {
    let next = 0;
    return () => numbers[next++ % numbers.length]!;
  };

  test.each([2, 4, 8])('%d that live: nothing is trained again, everything is confirmed', async (count) => {
    await fc.assert(
      fc.asyncProperty(luck, async (numbers) => {
        const { state, seen } = await tell(count, rolling(numbers));
        expect(state.status).toBe('completed');
        expect(state.confirmation?.verdict).toBe('better');
        expect(state.bestModel).not.toBeNull();
        expect(seen.again).toBe(0);
        expect(seen.publishedAt).toBe(publishedTrial(state)!.result.at);
      }),
      { numRuns: 100 },
    );
  });

  test('some of which are lost for good at any moment: the run ends well, and what is lost is trained again at most', async () => {
    await fc.assert(
      fc.asyncProperty(
        luck,
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 40 }),
        async (numbers, a, b) => {
          let calls = 0;
          const { state, seen } = await tell(4, rolling(numbers), () => {
            calls += 1;
            return calls === a || calls === b;
          });
          expect(state.status).toBe('completed');
          expect(state.confirmation?.verdict).toBe('better');
          expect(state.bestModel).not.toBeNull();
          if (seen.deaths === 0) expect(seen.again).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('one is lost that had the published model: it is trained once more, and published from there', async () => {
    const { state, seen } = await tell(2, rolling([0, 0, 0, 0.9]), (activity) => activity === 'publishModel');
    expect(state.status).toBe('completed');
    expect(seen.again).toBeLessThanOrEqual(1);
    expect(state.notes.some((note) => note.startsWith('no worker answered at') || seen.again === 0)).toBe(true);
  });
});

test('the untouched model is published by another machine when the one that was checked is gone', async () => {
  const request: ProbeRequest[] = [];
  const settings = config('INTERACTIVE_MODE=false', 'NOISE_SEEDS=0', 'CONFIRM_SEEDS=0');
  const world = memoryWorld(
    newRun('untouched', settings, 0),
    {
      studySearch: async ({ study }) => studyInOrder(study),
      scoreUntouched: async (given) => {
        request.push(given);
        return { score: 0.9, seconds: 1 };
      },
      probeTrainer: async () => ({ ...FACTS, at: 'gone' }),
      confirmHeldOut: async ({ models }) => ({
        split: 'test',
        pairs: 500,
        scores: models.map(({ arm }) => (arm === 'untouched' ? 0.9 : 0.5)),
        difference: { mean: 0, low: -0.1, high: 0.1 },
        overUntouched: { mean: -0.4, low: -0.5, high: -0.3 },
        verdict: 'not_distinguishable',
        seedSd: { baseline: 0.004, best: 0.004, measured: true },
        seconds: 1,
      }),
    },
    undefined,
    undefined,
    5,
    (_, place) =>
      place === 'gone'
        ? async () => {
            throw new Unreached();
          }
        : null,
  );
  await tellRun(world.host);
  expect(request).toHaveLength(1);
  expect(world.host.state.published?.what).toBe('untouched');
  expect(world.host.state.bestModel).not.toBeNull();
  expect(world.host.state.notes).toContainEqual(expect.stringContaining('no worker answered at gone'));
});
