import { describe, expect, test } from '@jest/globals';
import { answerGate, emptyInbox, receive } from '../../src/domain/decisions.ts';
import type { Decision, Gate, Inbox, RunView } from '../../src/domain/decisions.ts';
import { config } from './runs.ts';

const gate = (kind: Gate['kind'] = 'round'): Gate => ({
  id: 'LEARNING_RATE/round-1',
  kind,
  key: 'LEARNING_RATE',
  round: 1,
  deadline: null,
});
const view: RunView = {
  spaces: config().TUNABLE_KEYS,
  openKeys: ['LEARNING_RATE'],
  ended: false,
  tried: ({ LEARNING_RATE }) => LEARNING_RATE === 2e-5,
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
    ['no to the next parameter ends the run', [{ decision: 'stop-round' }], 'parameter', 'end'],
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
    expect(answerGate(send(open(kind), ...decisions), kind, false).answer).toBe(answer);
  });

  test('a decision that comes before it is kept for it, and used once', () => {
    const early = receive(emptyInbox(true), { decision: 'continue' }, view);
    expect(early.outcome).toBe('kept');
    const first = answerGate({ ...early.inbox, gate: gate() }, 'round', false);
    expect(first.answer).toBe('continue');
    expect(answerGate({ ...first.inbox, gate: { ...gate(), id: 'next' } }, 'round', false).answer).toBe('wait');
  });

  test('a run that asks nobody goes on by itself, and still stops when told', () => {
    expect(answerGate(emptyInbox(false), 'round', false).answer).toBe('continue');
    expect(answerGate(send(emptyInbox(false), { decision: 'stop-run' }), 'round', false).answer).toBe('end');
    expect(answerGate(send(emptyInbox(false), { decision: 'stop-round' }), 'round', false).answer).toBe(
      'next-parameter',
    );
  });
});

describe('a decision', () => {
  test('that is sent twice counts once', () => {
    const once = receive(open(), { decision: 'continue', id: 'x' }, view);
    expect(receive(once.inbox, { decision: 'continue', id: 'x' }, view).outcome).toBe('duplicate');
  });

  test('for a question that was answered is refused by name', () => {
    const { inbox } = answerGate(send(open(), { decision: 'continue' }), 'round', false);
    expect(receive(inbox, { decision: 'stop-run', gate: 'LEARNING_RATE/round-1' }, view)).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('answered already'),
    });
  });

  test.each<[Decision, RegExp]>([
    [{ decision: 'set', key: 'SEED', value: 1 }, /not among TUNABLE_KEYS/],
    [{ decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 2 }, /not to be tried any more/],
    [{ decision: 'set', key: 'LEARNING_RATE', value: 3 }, /outside its range/],
    [{ decision: 'set', key: 'LEARNING_RATE', value: 'fast' }, /not a number/],
    [{ decision: 'set', key: 'LEARNING_RATE', value: 2e-5 }, /measured already/],
    [{ decision: 'set' }, /needs KEY=VALUE/],
    [{ decision: 'resume' }, /not paused/],
  ])('%j is refused with the reason', (decision, reason) => {
    const verdict = receive(open(), decision, view);
    expect(verdict).toMatchObject({ outcome: 'refused', message: expect.stringMatching(reason), inbox: open() });
  });

  test('after the end, or where nobody is asked, is refused', () => {
    expect(receive(open(), { decision: 'continue' }, { ...view, ended: true }).message).toContain('has ended');
    expect(receive(emptyInbox(false), { decision: 'continue' }, view).outcome).toBe('refused');
  });
});
