/** What Temporal's Web UI shows at the top of a run's page. */
import { describe, expect, test } from '@jest/globals';
import { currentDetails } from '../../src/domain/currentDetails.ts';
import { viewForDecisions } from '../../src/domain/decisionView.ts';
import type { Gate } from '../../src/domain/inbox.ts';
import { inShort, oneLine } from '../../src/domain/inShort.ts';
import { receive } from '../../src/domain/decisions.ts';
import type { Decision } from '../../src/domain/decisions.ts';
import { newRun } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import { startDetails } from '../../src/domain/startDetails.ts';
import { waysOn } from '../../src/domain/waysOn.ts';
import { config, pluginRun, result, run, trial } from './runs.ts';
import { studiedRun } from './studied.ts';

const view = (state: RunState) => viewForDecisions(state, { anyKey: true });
const shown = (state: RunState) => currentDetails(state, view(state));

const GATE: Gate = {
  id: 'LEARNING_RATE/round-1',
  kind: 'round',
  key: 'LEARNING_RATE',
  valueFor: 'LEARNING_RATE',
  keeps: [],
  round: 1,
  deadline: null,
};

/** After the first round of LEARNING_RATE. */
function tuning(...set: string[]): RunState {
  const state = run('INTERACTIVE_MODE=true', ...set);
  recordTrial(state, trial({ purpose: 'baseline', key: null, round: null, result: result(0.65) }));
  recordTrial(state, trial({ id: 'b'.repeat(16), number: 2, values: { LEARNING_RATE: 1e-4 }, result: result(0.7006) }));
  return {
    ...state,
    phase: 'tuning',
    plan: { baseConfig: {}, priorityKeys: ['LEARNING_RATE'], reason: { zh: '因', en: 'why' }, proposedBy: 'search' },
    queue: ['LEARNING_RATE', 'WARMUP_RATIO'],
    round: 1,
    spent: 1,
  };
}

const asking = (...set: string[]): RunState => {
  const state = tuning(...set);
  return { ...state, inbox: { ...state.inbox, gate: GATE } };
};

const training = (): RunState => ({
  ...tuning(),
  round: 2,
  inHand: [
    {
      ...trial({ number: 3, round: 2, values: { LEARNING_RATE: 5e-5 } }),
      reason: { zh: '再试小一些', en: 'Smaller once more' },
      predicted: { byModel: { low: 0.68, high: 0.72 }, byAdviser: null },
    },
  ],
});

describe('the current details', () => {
  test('say what is trained, why, what is expected of it, and what was reached', () => {
    const text = shown(training());
    expect(text).toMatch(/^### Trains trial 3: LEARNING\\_RATE = 5e-5 \(round 2 of 3\)$/m);
    expect(text).toContain('**Why**: Smaller once more 再试小一些');
    expect(text).toContain('**Expected**: search model 0.6800 to 0.7200');
    expect(text).toContain('best 0.7006 (trial 2, LEARNING\\_RATE = 1e-4), default 0.6500, 1 of 9 trainings used');
    expect(text).toContain('**LEARNING\\_RATE** → WARMUP\\_RATIO');
  });

  test('at a question tell what it is about, and its answers before the trials', () => {
    const text = shown(asking());
    expect(text).toMatch(/^### Waits for a person: go on with LEARNING\\_RATE\?$/m);
    expect(text).toContain('Trial 2 (LEARNING\\_RATE = 1e-4) scored 0.7006 (+0.0506): accepted');
    expect(text.indexOf('#### What one can do')).toBeLessThan(text.indexOf('#### Trials'));
    expect(text).toContain('| go on | `continue` | none |');
    expect(text).toContain('`{"scope": "round"}`');
  });

  test('are Chinese where the report is', () => {
    const text = shown(asking('REPORT_LANGUAGE=zh'));
    expect(text).toMatch(/^### 等待人的决定：继续调 LEARNING\\_RATE 吗？$/m);
    expect(text).toContain('#### 可以做什么');
    expect(shown({ ...training(), config: config('REPORT_LANGUAGE=zh') })).toContain('**原因**：再试小一些');
  });

  test('of a run that is over offer nothing, and name verdict, model and report', () => {
    const over = { ...studiedRun(), phase: 'ended' as const, bestModel: 'models/x', report: 'docs/reports/r.md' };
    const text = shown(over);
    expect(text).not.toContain('What one can do');
    expect(text).toContain('**Better: held-out score');
    expect(text).toContain('**Report**: `docs/reports/r.md`');
  });

  test('list the newest trials first, and no more than a page takes', () => {
    const state = tuning();
    for (let number = 3; number <= 60; number += 1)
      recordTrial(
        state,
        trial({ id: `t${number}`, number, values: { LEARNING_RATE: number / 1e6 }, result: result(0.1) }),
      );
    const rows = shown(state)
      .split('\n')
      .filter((line) => /^\| \*{0,2}\d+/.test(line));
    expect(rows).toHaveLength(40);
    expect(rows[0]).toMatch(/^\| 60 \|/);
  });

  test('of every phase are of a moment before anything was measured, too', () => {
    expect(shown(newRun('tune', config(), 0))).toMatch(/^### Checks data, model and adviser\n\n#### What one can do/);
  });
});

describe('ways on', () => {
  const states: [string, () => RunState][] = [
    ['before anything was measured', () => newRun('tune', config('INTERACTIVE_MODE=true'), 0)],
    ['at a question', asking],
    ['in a training', training],
    ['paused', () => ({ ...asking(), inbox: { ...asking().inbox, paused: true } })],
    ['confirming', () => ({ ...tuning(), phase: 'confirming' })],
    ['of an own training', pluginRun],
  ];
  test.each(states)('%s are not refused when they are taken as written', (_name, make) => {
    const state = make();
    const ways = waysOn(state, view(state));
    expect(ways.length).toBeGreaterThan(0);
    for (const { signal, input } of ways) {
      const payload = input === null ? {} : (JSON.parse(input) as { scope?: string; key?: string; value?: number });
      const decision = (
        signal === 'stop'
          ? { decision: `stop-${payload.scope}` }
          : { decision: signal === 'override' ? 'set' : signal, ...payload }
      ) as Decision;
      expect([signal, receive(state.inbox, decision, view(state)).outcome]).not.toContain('refused');
    }
  });

  test('an example is a value that has not been tried', () => {
    const way = waysOn(asking(), view(asking())).find(({ signal }) => signal === 'override')!;
    expect(way.decision).toMatch(/^set LEARNING_RATE=/);
    expect(JSON.parse(way.input!)).toMatchObject({ key: 'LEARNING_RATE' });
  });
});

describe('one line for a step', () => {
  test('has the round and the best so far', () => {
    expect(inShort(tuning(), 'trial 3 · LEARNING_RATE = 2e-5', 2)).toBe(
      'trial 3 · LEARNING_RATE = 2e-5 · round 2 of 3 · best 0.7006',
    );
    expect(inShort(tuning(), 'plan')).toBe('plan · 1 of 9 trainings used · best 0.7006');
    expect(inShort(run(), 'probe')).toBe('probe');
  });

  test('fits into what the server takes, whatever its script', () => {
    expect(new TextEncoder().encode(JSON.stringify(oneLine('调'.repeat(500)))).length).toBeLessThanOrEqual(400);
  });
});

test('the start tells what is searched, and which schedule began it', () => {
  const details = startDetails('tune-1', config(), {
    schedule: { name: 'nightly', why: 'the data changed' },
    dashboard: 'http://127.0.0.1:8250',
  });
  expect(details.staticSummary).toContain('all-MiniLM-L6-v2 on sample: LEARNING_RATE');
  expect(details.staticDetails).toContain('The schedule **nightly** began it: the data changed.');
  expect(details.staticDetails).toContain('http://127.0.0.1:8250/run/tune-1');
  expect(startDetails('tune-1', config('REPORT_LANGUAGE=zh')).staticDetails).toContain('搜索更好的配置');
});
