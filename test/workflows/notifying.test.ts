/** Whom the story tells, and that nothing of the run depends on it. */
import { describe, expect, test } from '@jest/globals';
import type { NotifyRequest } from '../../src/domain/contract.ts';
import type { Decision } from '../../src/domain/decisions.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import type { Release } from '../../src/workflows/release.ts';
import { config, result } from '../domain/runs.ts';
import { memoryWorld, typedFailure } from './memoryHost.ts';
import type { Fakes } from './memoryHost.ts';

const WEBHOOK = 'http://127.0.0.1:9/hook';
const SMALL = ['MAX_PRIORITY_PARAMS=1', 'ROUNDS_PER_PARAM=2', 'NOISE_SEEDS=0', 'CONFIRM_SEEDS=0'];

async function told({
  set = [`NOTIFY_WEBHOOK=${WEBHOOK}`],
  release = 7,
  fakes = {},
  person = () => [],
}: { set?: string[]; release?: Release; fakes?: Fakes; person?: () => Decision[] } = {}): Promise<{
  state: RunState;
  sent: NotifyRequest[];
  open: (string | null)[];
}> {
  const state = newRun('tune-20260101-000000', config(...SMALL, ...set), 0);
  const sent: NotifyRequest[] = [];
  const open: (string | null)[] = [];
  const { host } = memoryWorld(
    state,
    {
      trainTrial: async ({ config: { LEARNING_RATE } }) => result(0.5 + LEARNING_RATE),
      notify: async (request) => {
        sent.push(request);
        open.push(state.inbox.gate?.id ?? null);
      },
      ...fakes,
    },
    person,
    () => [],
    release,
  );
  await tellRun(host);
  return { state, sent, open };
}

describe('a run with a webhook', () => {
  test('tells of every question while it is open, and of the end', async () => {
    const { state, sent, open } = await told();
    const waiting = sent.filter(({ notice }) => notice.type === 'run.waiting');
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.map(({ notice }) => notice.question!.id)).toEqual(open.slice(0, -1));
    expect(new Set(sent.map(({ notice }) => notice.id)).size).toBe(sent.length);
    expect(waiting[0]!.notice.text.en).toMatch(/best so far 0\.\d{4}/i);
    expect(waiting[0]!.notice.text.zh).toMatch(/目前最优 0\.\d{4}/);
    expect(sent.at(-1)!.notice).toMatchObject({ type: 'run.ended', status: 'completed', question: null });
    expect(sent.at(-1)!.notice.text.en).toContain('Not distinguishable');
    expect(sent.every(({ webhook }) => webhook === WEBHOOK)).toBe(true);
    expect(state.notes.filter((note) => note.includes('webhook'))).toEqual([]);
  });

  test('that does not ask tells of the end alone', async () => {
    const { sent } = await told({ set: [`NOTIFY_WEBHOOK=${WEBHOOK}`, 'INTERACTIVE_MODE=false'] });
    expect(sent.map(({ notice }) => notice.type)).toEqual(['run.ended']);
  });

  test('tells that its adviser fails and the run is paused', async () => {
    let paused = 0;
    const { sent } = await told({
      set: [`NOTIFY_WEBHOOK=${WEBHOOK}`, 'INTERACTIVE_MODE=false', 'ON_ADVISER_FAILURE=pause'],
      fakes: { probeAdviser: async () => ({ kind: 'openai', model: 'gpt-test', note: 'test' }) },
      person: () => (paused++ < 20 ? [{ decision: 'resume' }] : [{ decision: 'stop-run' }]),
    });
    const asking = sent.filter(({ notice }) => notice.question?.answers.includes('resume'));
    expect(asking.length).toBeGreaterThan(0);
    expect(asking[0]!.notice.text.en).toContain('paused');
  });

  test('that fails tells why', async () => {
    const { sent, state } = await told({
      fakes: {
        trainTrial: async () => {
          throw typedFailure('trainer_bug');
        },
      },
    });
    expect(state.status).toBe('failed');
    expect(sent.at(-1)!.notice).toMatchObject({ type: 'run.ended', status: 'failed', best: null });
    expect(sent.at(-1)!.notice.text.en).toContain(state.endedEarly!);
  });

  test('waits for no receiver: an answer counts at once, and what comes after it is kept', async () => {
    let asked = 0;
    const { state } = await told({
      fakes: {
        // A question's notice hangs for ever.
        notify: ({ notice }) => (notice.type === 'run.waiting' ? new Promise(() => {}) : Promise.resolve()),
      },
      person: () => (asked++ === 0 ? [{ decision: 'continue' }, { decision: 'stop-run' }] : []),
    });
    expect(state.status).toBe('stopped');
  });

  test('tells again of a step that it is paused at again', async () => {
    let paused = 0;
    const { sent } = await told({
      set: [`NOTIFY_WEBHOOK=${WEBHOOK}`, 'INTERACTIVE_MODE=false', 'ON_ADVISER_FAILURE=pause'],
      fakes: { probeAdviser: async () => ({ kind: 'openai', model: 'gpt-test', note: 'test' }) },
      person: () => (paused++ < 20 ? [{ decision: 'resume' }] : [{ decision: 'stop-run' }]),
    });
    const steps = sent.flatMap(({ notice }) => notice.question?.id ?? []);
    expect(new Set(steps).size).toBeLessThan(steps.length);
    expect(new Set(sent.map(({ notice }) => notice.id)).size).toBe(sent.length);
  });

  test('goes on without a receiver, and says so once', async () => {
    const notify = async () => {
      throw typedFailure('webhook');
    };
    const [away, there] = [await told({ fakes: { notify } }), await told()];
    expect(away.state.notes.filter((note) => note.includes('webhook'))).toEqual([
      'the webhook could not be told of it (run.waiting): it was webhook',
      'the webhook could not be told of it (run.ended): it was webhook',
    ]);
    expect(away.state.trials.map(({ id }) => id)).toEqual(there.state.trials.map(({ id }) => id));
    expect(away.state.status).toBe('completed');
  });
});

test.each([
  ['without a webhook', { set: [] }],
  ['begun by 0.6', { release: 6 as Release }],
])('a run %s tells nobody', async (_name, options) => {
  expect((await told(options)).sent).toEqual([]);
});
