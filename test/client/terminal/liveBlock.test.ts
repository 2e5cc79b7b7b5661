/** The live block: what it says, and what it leaves out where there is little room. */
import { describe, expect, test } from '@jest/globals';
import { bar, clock, sparkline } from '../../../src/client/terminal/marks.ts';
import { liveBlock } from '../../../src/client/terminal/liveBlock.ts';
import { leftText } from '../../../src/domain/estimateWords.ts';
import { progressOf } from '../../../src/domain/progress.ts';
import type { RunState } from '../../../src/domain/runState.ts';
import { IN_HAND, factsOf, plainText, pointer, tuningRun, view } from './runs.ts';

const textOf = (...given: Parameters<typeof liveBlock>) => plainText(liveBlock(...given));

describe('the live block', () => {
  test('tells where the run is, how far each of its parts is, every value of the parameter, and why this one', () => {
    expect(textOf(factsOf(tuningRun()), view(80))).toBe(
      `── tune-20260101-000000 ────────────────────────────────────────────────────────
● LEARNING_RATE, round 2 of 3                              best 0.7600 (+0.0900)

  step     █████░░░░░░░░░░░░░░░░░░░ 5/25 · left 1:01 · loss 3.500 · 30 rows/s
  round    ██████████░░░░░░░░░░░░░░ 2/3
  run      ██░░░░░░░░░░░░░░░░░░░░░░ about 26 s left (20–33)
  scores   ▁▂▁▄█×█▄▄ 0.6660 – 0.7600

  LEARNING_RATE   score        Δ  verdict
  2e-5           0.6700        –  default
  1e-4           0.7600        –  best so far
  1e-4           0.7000  +0.0300  accepted
  5e-5                …           in training

  search model: The widest gap is between 2e-5 and 1e-4; a rate in between has
  not been measured yet, and tells whether more is to be gained by a larger one.
  Whatever comes of it, the next key follows.
  The search model expects 0.7000 to 0.7500.

  4:12 · Ctrl-C leaves; the run goes on`,
    );
  });

  test('holds the values of a parameter against the default and the best so far, whatever that was trained for', () => {
    const state = tuningRun({ queue: ['TRAIN_BATCH_SIZE'], inHand: [] });
    const text = textOf(factsOf(state), view(100));
    expect(text).toMatch(
      /TRAIN_BATCH_SIZE +score +Δ +verdict\n +8 +0\.6700 +– +default\n +8 +0\.7600 +– +best so far\n +64 /,
    );
  });

  test('names the adviser of a run without a language model, whose rules chose the base configuration, the local one', () => {
    const inHand = [{ ...IN_HAND, purpose: 'base_config' as const, key: null, proposedBy: 'adviser' as const }];
    const textWith = (adviser: RunState['adviser']) => textOf(factsOf(tuningRun({ inHand, adviser })), view(100));
    expect(textWith({ kind: 'local', model: 'search model', note: '' })).toContain('  local adviser: The widest gap');
    expect(textWith({ kind: 'openai', model: 'gpt-test', note: '' })).toContain('  adviser: The widest gap');
  });

  test('says that the base configuration is trained while the plan is carried out', () => {
    const inHand = [{ ...IN_HAND, purpose: 'base_config' as const, key: null }];
    const planning = (change: object) => textOf(factsOf(tuningRun({ phase: 'planning', ...change })), view(100));
    expect(planning({ inHand })).toContain('● training the base configuration ');
    expect(planning({ inHand: [] })).toContain('● planning ');
  });

  test('names the one training that is left of several, and tells no time left after its last step', () => {
    const inHand = [IN_HAND, { ...IN_HAND, number: 11 }];
    const pointers = [pointer({ number: 11, step: 25, phase: 'evaluate' })];
    const text = textOf(factsOf(tuningRun({ inHand }), { pointers }), view(100));
    expect(text).toMatch(/trial 11 █+ 25\/25 · evaluating · loss/);
    expect(textOf(factsOf(tuningRun({ inHand }), { pointers: [pointer({ number: 11 })] }), view(100))).toContain(
      'left 1:01',
    );
  });

  test('keeps on a low screen what is lost most: where the run is, its bars, what it waits for', () => {
    const text = textOf(factsOf(tuningRun(), { notices: ['waits for a slot'] }), view(80, 10));
    for (const kept of ['LEARNING_RATE, round 2 of 3', 'step ', 'run ', 'waits for a slot'])
      expect(text).toContain(kept);
    expect(text).not.toContain('search model');
  });

  test('names trainings that run side by side, counts those beyond six, leaves out one that has not begun', () => {
    const pointers = [4, 5, 6, 7, 8, 9, 10].map((number) => pointer({ number, step: number }));
    const text = textOf(
      factsOf(tuningRun(), { pointers: [...pointers, pointer({ number: 11, totalSteps: null })] }),
      view(100),
    );
    expect(text).toMatch(/trial 4 +█/);
    expect(text).toMatch(/trial 9 +█.* 9\/25/);
    expect(text).toContain('and 1 more');
    expect(text).not.toContain('trial 10');
  });

  test('tells what is trained from what waits for a slot, and from what has ended before the others', () => {
    const values = [1e-5, 3e-5, 5e-5];
    const inHand = values.map((rate, index) => ({
      ...IN_HAND,
      number: 10 + index,
      values: { LEARNING_RATE: rate },
      ...(index === 0 ? { ended: true as const } : {}),
    }));
    const facts = factsOf(tuningRun({ inHand }), { pointers: [pointer({ number: 11 })], waiting: [12] });
    const text = textOf(facts, view(80));
    expect(text).toMatch(/1e-5 +… +ended\n/);
    expect(text).toMatch(/3e-5 +… +in training\n/);
    expect(text).toMatch(/5e-5 +… +waits for a slot\n/);
  });

  test('without a key in hand says that all are looked at, and shows the last trials by what they changed', () => {
    const inHand = [{ ...IN_HAND, key: null, change: { LEARNING_RATE: 5e-5, WARMUP_RATIO: 0.2 } }];
    const text = textOf(factsOf(tuningRun({ queue: [], inHand })), view(100));
    expect(text).toContain('tuning whichever key promises most');
    expect(text).toMatch(/confirmation of the (default|winner), seed 1042/);
    expect(text).toMatch(/LEARNING_RATE = 5e-5, WARMUP_RATIO = 0\.2 +…/);
    expect(text).not.toContain('round ');
  });

  test('tells what is left by the newest estimate, less what was trained since', () => {
    const { left } = progressOf(tuningRun()).estimate!;
    expect(textOf(factsOf(tuningRun(), { pointers: [] }), view(100))).toContain(leftText(left!).en);
    const pointers = [pointer({ trainSeconds: left!.seconds.middle })];
    expect(textOf(factsOf(tuningRun(), { pointers }), view(100))).toContain('about 0 s left (0–');
  });

  test('without an estimate measures the run by the trainings that it may use', () => {
    const text = textOf(factsOf(tuningRun({ firstEstimate: null })), view(100));
    expect(text).toMatch(/run +█+░+ 4 of 9 trainings used/);
  });

  test('of a paused run says how to go on', () => {
    const state = tuningRun();
    const text = textOf(factsOf({ ...state, inbox: { ...state.inbox, paused: true } }), view(100));
    expect(text).toContain('‖ paused: npm run decide -- RUN resume goes on');
  });

  test('before anything was trained has no table and no scores', () => {
    const state = { ...tuningRun({ phase: 'preparing', inHand: [] }), trials: [], baseline: null, incumbent: null };
    const text = textOf(factsOf(state, { pointers: [] }), view(80));
    expect(text).toContain('checking trainer, data, model and adviser');
    expect(text).toContain('no score yet');
    expect(text).not.toContain('scores ');
    expect(text).not.toContain('verdict');
  });
});

describe('small drawings', () => {
  test('a bar is full at the end, and no longer after it', () => {
    expect([bar(0, 4), bar(0.5, 4), bar(1, 4), bar(7, 4), bar(-1, 4)]).toEqual([
      '░░░░',
      '██░░',
      '████',
      '████',
      '░░░░',
    ]);
  });

  test('a sparkline has the last scores, higher for higher, and a sign for what failed', () => {
    expect(sparkline([0, 0.5, 1, null], 10)).toBe('▁▅█×');
    expect(sparkline([0, 0.5, 1], 2)).toBe('▅█');
    expect(sparkline([0.4, 0.4], 5)).toBe('▄▄');
  });

  test('a clock has hours where there are any', () => {
    expect([clock(5), clock(65), clock(3725), clock(-3)]).toEqual(['0:05', '1:05', '1:02:05', '0:00']);
  });
});
