import { describe, expect, test } from '@jest/globals';
import { receive, stopPayloadSchema } from '../../src/domain/decisions.ts';
import type { Decision } from '../../src/domain/decisions.ts';
import type { DecisionView } from '../../src/domain/decisionView.ts';
import { answerGate, emptyInbox, endOfParameter } from '../../src/domain/inbox.ts';
import type { Gate, Inbox } from '../../src/domain/inbox.ts';
import { config } from './runs.ts';

const gate = (kind: Gate['kind'] = 'round'): Gate => ({
  id: 'LEARNING_RATE/round-1',
  kind,
  key: 'LEARNING_RATE',
  valueFor: kind === 'round' ? 'LEARNING_RATE' : 'NUM_TRAIN_EPOCHS',
  round: 1,
  deadline: null,
});
const rules = { timedOut: false, perKey: true };
const view: DecisionView = {
  spaces: config().TUNABLE_KEYS,
  openKeys: ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS'],
  inHand: 'LEARNING_RATE',
  later: ['NUM_TRAIN_EPOCHS'],
  trainingsLeft: null,
  stage: 'tuning',
  perKey: true,
  tried: ({ LEARNING_RATE, NUM_TRAIN_EPOCHS }) => LEARNING_RATE === 2e-5 && NUM_TRAIN_EPOCHS === undefined,
  incumbentValues: { LEARNING_RATE: 2e-5 },
};
const open = (kind?: Gate['kind']): Inbox => ({ ...emptyInbox(true), gate: gate(kind) });
const send = (inbox: Inbox, ...decisions: Decision[]): Inbox =>
  decisions.reduce((kept, decision) => receive(kept, decision, view).inbox, inbox);

describe('a question', () => {
  test.each<[string, Decision[], Gate['kind'], string]>([
    ['waits for a person', [], 'round', 'wait'],
    ['goes on after continue', [{ decision: 'continue' }], 'round', 'continue'],
    ['after no, asks about the next parameter', [{ decision: 'stop-round' }], 'round', 'ask-parameter'],
    ['goes to the next parameter without asking', [{ decision: 'stop-parameter' }], 'round', 'next-parameter'],
    ['ends the run', [{ decision: 'stop-run' }], 'round', 'end'],
    ['ends the run at once', [{ decision: 'stop-now' }], 'round', 'end'],
    ['no to the next parameter ends the run', [{ decision: 'stop-run' }], 'parameter', 'end'],
    [
      'stays open after a value for a later parameter',
      [{ decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 4 }],
      'round',
      'wait',
    ],
    [
      'between parameters takes a value for the next one',
      [{ decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 4 }],
      'parameter',
      'continue',
    ],
    [
      'a stop of the run is not weakened by a later one',
      [{ decision: 'stop-run' }, { decision: 'stop-round' }],
      'round',
      'end',
    ],
    ['a pause holds it, even after continue', [{ decision: 'pause' }, { decision: 'continue' }], 'round', 'wait'],
    [
      'resume lets it go on',
      [{ decision: 'pause' }, { decision: 'continue' }, { decision: 'resume' }],
      'round',
      'continue',
    ],
    ['a value answers it', [{ decision: 'set', key: 'LEARNING_RATE', value: 5e-5 }], 'round', 'continue'],
  ])('%s', (_name, decisions, kind, answer) => {
    expect(answerGate(send(open(kind), ...decisions), rules).answer).toBe(answer);
  });

  test('a decision that comes before it is kept for it, and used once', () => {
    const early = receive(emptyInbox(true), { decision: 'continue' }, view);
    expect(early.outcome).toBe('kept');
    const first = answerGate({ ...early.inbox, gate: gate() }, rules);
    expect(first.answer).toBe('continue');
    expect(answerGate({ ...first.inbox, gate: { ...gate(), id: 'next' } }, rules).answer).toBe('wait');
  });

  test('a run that asks nobody goes on by itself, and still stops when told', () => {
    expect(answerGate({ ...emptyInbox(false), gate: gate() }, rules).answer).toBe('continue');
    expect(answerGate(send({ ...emptyInbox(false), gate: gate() }, { decision: 'stop-run' }), rules).answer).toBe(
      'end',
    );
    expect(answerGate(send({ ...emptyInbox(false), gate: gate() }, { decision: 'stop-round' }), rules).answer).toBe(
      'next-parameter',
    );
  });
});

describe('the end of a parameter', () => {
  test.each<[Decision['decision'], boolean]>([
    ['stop-round', false],
    ['stop-parameter', true],
  ])('uses up a %s that was meant for it', (decision, skipQuestion) => {
    const done = endOfParameter(send(emptyInbox(true), { decision }), 'LEARNING_RATE', { perKey: true });
    expect(done).toMatchObject({ skipQuestion, inbox: { stop: null } });
  });

  test('leaves a stop of the run, and values for other keys', () => {
    const inbox = send(
      emptyInbox(true),
      { decision: 'stop-run' },
      { decision: 'set', key: 'LEARNING_RATE', value: 5e-5 },
      { decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 4 },
    );
    const done = endOfParameter(inbox, 'LEARNING_RATE', { perKey: true });
    expect(done.inbox).toMatchObject({ stop: 'run' });
    expect(Object.keys(done.inbox.overrides)).toEqual(['NUM_TRAIN_EPOCHS']);
  });
});

describe('executions of earlier releases keep their rules', () => {
  const before = { ...view, perKey: false };
  test('any value answers any question, and a later one replaces it', () => {
    const set = receive(open(), { decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 4 }, before);
    expect(set.outcome).toBe('applied');
    expect(answerGate(set.inbox, { timedOut: false, perKey: false }).answer).toBe('continue');
    const again = receive(set.inbox, { decision: 'set', key: 'LEARNING_RATE', value: 5e-5 }, before);
    expect(Object.keys(again.inbox.overrides)).toEqual(['LEARNING_RATE']);
  });
  test('a stop of the round ends the run between parameters', () => {
    const { inbox } = receive(open('parameter'), { decision: 'stop-round' }, before);
    expect(answerGate(inbox, { timedOut: false, perKey: false }).answer).toBe('end');
  });
});

describe('a decision', () => {
  test('that is sent twice counts once', () => {
    const once = receive(open(), { decision: 'continue', id: 'x' }, view);
    expect(receive(once.inbox, { decision: 'continue', id: 'x' }, view).outcome).toBe('duplicate');
  });

  test('for a question that was answered is refused by name', () => {
    const { inbox } = answerGate(send(open(), { decision: 'continue' }), rules);
    expect(receive(inbox, { decision: 'stop-run', gate: 'LEARNING_RATE/round-1' }, view)).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('answered already'),
    });
  });

  test.each<[Decision, RegExp]>([
    [{ decision: 'set', key: 'SEED', value: 1 }, /not among TUNABLE_KEYS/],
    [{ decision: 'set', key: 'WARMUP_RATIO', value: 0.2 }, /not to be tried any more/],
    [{ decision: 'set', key: 'LEARNING_RATE', value: 3 }, /outside its range/],
    [{ decision: 'set', key: 'LEARNING_RATE', value: 'fast' }, /not a number/],
    [{ decision: 'set', key: 'LEARNING_RATE', value: 2e-5 }, /measured already/],
    [{ decision: 'set' }, /needs KEY=VALUE/],
    [{ decision: 'resume' }, /not paused/],
  ])('%j is refused with the reason', (decision, reason) => {
    const verdict = receive(open(), decision, view);
    expect(verdict).toMatchObject({ outcome: 'refused', message: expect.stringMatching(reason), inbox: open() });
  });

  test('for a question that is not open is refused with the one that is', () => {
    expect(receive(open(), { decision: 'continue', gate: 'NUM_TRAIN_EPOCHS/round-1' }, view)).toMatchObject({
      outcome: 'refused',
      message: 'the question NUM_TRAIN_EPOCHS/round-1 is not open; open now: LEARNING_RATE/round-1',
    });
  });

  test('values for several keys are kept, one each, and a replacement is told', () => {
    const first = receive(open(), { decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 4 }, view);
    expect(first).toMatchObject({
      outcome: 'kept',
      message: expect.stringContaining('when NUM_TRAIN_EPOCHS is in hand'),
    });
    const second = receive(first.inbox, { decision: 'set', key: 'LEARNING_RATE', value: 5e-5 }, view);
    expect(second.outcome).toBe('applied');
    const third = receive(second.inbox, { decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 5 }, view);
    expect(third.message).toContain('NUM_TRAIN_EPOCHS = 5 next, instead of 4');
    expect(third.inbox.overrides).toMatchObject({ LEARNING_RATE: { value: 5e-5 }, NUM_TRAIN_EPOCHS: { value: 5 } });
  });

  test('that stops a round or a parameter is refused where none is in hand', () => {
    for (const decision of ['stop-round', 'stop-parameter'] as const)
      expect(receive(open('parameter'), { decision }, { ...view, inHand: null })).toMatchObject({
        outcome: 'refused',
        message: expect.stringMatching(/no parameter is in hand.*allowed: continue, stop-run, stop-now/),
      });
  });

  test('while the winner is confirmed, can only skip what is left', () => {
    const concluding = { ...view, stage: 'concluding' as const };
    expect(receive(emptyInbox(true), { decision: 'stop-run' }, concluding).message).toMatch(/allowed: stop-now/);
    expect(receive(emptyInbox(true), { decision: 'stop-now' }, concluding).outcome).toBe('applied');
  });

  test.each<[unknown, string | null]>([
    [undefined, 'run'],
    [null, 'run'],
    [{}, 'run'],
    [{ scope: 'round' }, 'round'],
    ['parameter', 'parameter'],
    [{ scope: 'now' }, 'now'],
    ['nonsense', null],
    [{ scope: 'everything' }, null],
    [{ skope: 'round' }, null],
    [['round'], null],
    [7, null],
  ])('the payload %j of the signal stop means %s', (payload, scope) => {
    expect(stopPayloadSchema.safeParse(payload).data ?? null).toBe(scope);
  });

  test('after the end, or where nobody is asked, is refused', () => {
    expect(receive(open(), { decision: 'continue' }, { ...view, stage: 'ended' }).message).toContain('has ended');
    expect(receive(emptyInbox(false), { decision: 'continue' }, view).outcome).toBe('refused');
  });
});
