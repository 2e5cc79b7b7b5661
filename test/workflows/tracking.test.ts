/** What trackers are told by the story, and that nothing of the run depends on them. */
import { describe, expect, test } from '@jest/globals';
import type { TrackAnswer, TrackRequest } from '../../src/domain/contract.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import type { Release } from '../../src/workflows/release.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { config, result } from '../domain/runs.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';

const SMALL = [
  'MAX_PRIORITY_PARAMS=1',
  'ROUNDS_PER_PARAM=3',
  'NOISE_SEEDS=0',
  'CONFIRM_SEEDS=0',
  'INTERACTIVE_MODE=false',
];
const MLFLOW = 'http://127.0.0.1:9';

async function told({
  set = [`MLFLOW_TRACKING_URI=${MLFLOW}`],
  release = 7,
  answer = async () => ({ failed: {} }),
}: {
  set?: string[];
  release?: Release;
  answer?: (request: TrackRequest) => Promise<TrackAnswer>;
} = {}): Promise<{ state: RunState; sent: TrackRequest[] }> {
  const state = newRun('tune-20260101-000000', config(...SMALL, ...set), 0);
  const sent: TrackRequest[] = [];
  const { host } = memoryWorld(
    state,
    {
      trainTrial: async ({ config: { LEARNING_RATE } }) => result(0.5 + LEARNING_RATE),
      trackTrials: async (request) => {
        sent.push(request);
        return answer(request);
      },
    },
    () => [],
    () => [],
    release,
  );
  await tellRun(host);
  return { state, sent };
}

const numbers = ({ told: { trials } }: TrackRequest): number[] => trials.map(({ number }) => number);

describe('a run with a tracker', () => {
  test('tells of each trial once while it goes on, and of all at the end', async () => {
    const { state, sent } = await told();
    const [end, ...before] = [...sent].reverse();
    const all = state.trials.map(({ number }) => number);
    expect(all.length).toBeGreaterThan(2);
    expect(before.reverse().flatMap(numbers)).toEqual(all);
    expect(numbers(end!)).toEqual(all);
    expect(end).toMatchObject({
      trackers: { mlflow: MLFLOW },
      told: { ended: true, tags: { status: 'completed', trials: String(all.length) } },
      report: 'docs/reports/r.md',
    });
    expect(end!.told.trials[0]).toMatchObject({ title: 'default configuration', tags: { purpose: 'baseline' } });
    expect(state.tracking).toEqual({ upTo: all.length, noted: [] });
  });

  test('is told of the trials that it missed with the next call, and the run says once that it did', async () => {
    let calls = 0;
    const { state, sent } = await told({
      answer: async () => ({ failed: (calls += 1) <= 2 ? { mlflow: 'it does not answer' } : {} }),
    });
    expect(numbers(sent[0]!)).toEqual([1]);
    expect(numbers(sent[1]!)[0]).toBe(1);
    expect(numbers(sent[2]!)[0]).toBe(1);
    expect(state.status).toBe('completed');
    expect(state.notes.filter((note) => note.includes('MLflow'))).toEqual([
      'MLflow cannot be told of the trials at present (it does not answer); the run goes on, and it is told later',
    ]);
  });

  test('that never answers changes nothing but its notes', async () => {
    const without = await told({ set: [] });
    const { state } = await told({
      answer: async () => {
        throw typedFailure('timeout');
      },
    });
    expect(state.trials).toEqual(without.state.trials);
    expect(state.notes.filter((note) => !without.state.notes.includes(note))).toEqual([
      expect.stringMatching(/^the trackers were not told how the run ended \(.*\); `npm run track -- tune-/),
    ]);
  });
});

test.each([
  ['without one', { set: [] }],
  ['of an earlier release', { release: 6 as const }],
])('a run %s tells nobody', async (_what, given) => {
  expect((await told(given)).sent).toEqual([]);
});
