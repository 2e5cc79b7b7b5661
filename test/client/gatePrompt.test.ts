import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { askAtGate, question, readAnswer } from '../../src/client/gatePrompt.ts';
import type { Gate } from '../../src/domain/inbox.ts';
import type { Handle } from '../../src/runs/sending.ts';
import { gateOf as gate } from './terminal/runs.ts';

/** As an execution that an earlier release began asks it. */
const earlier = ({ keeps: _, ...rest }: Gate): Gate => rest;

describe('what a person types', () => {
  test.each<[string, Gate['kind'], object | null]>([
    ['', 'round', { decision: 'continue' }],
    ['Y', 'round', { decision: 'continue' }],
    ['是', 'parameter', { decision: 'continue' }],
    ['n', 'round', { decision: 'stop-round' }],
    ['否', 'parameter', { decision: 'stop-run' }],
    ['stop', 'round', { decision: 'stop-run' }],
    ['停止', 'parameter', { decision: 'stop-run' }],
    ['5e-5', 'round', { decision: 'set', key: 'LEARNING_RATE', value: 5e-5 }],
    ['4', 'parameter', { decision: 'set', key: 'NUM_TRAIN_EPOCHS', value: 4 }],
    ['LEARNING_RATE=1e-4', 'round', { decision: 'set', key: 'LEARNING_RATE', value: 1e-4 }],
    ['WARMUP_RATIO = 0.2', 'round', { decision: 'set', key: 'WARMUP_RATIO', value: 0.2 }],
    ['LR_SCHEDULER=cosine', 'round', { decision: 'set', key: 'LR_SCHEDULER', value: 'cosine' }],
    ['LEARNING_RATE=', 'round', null],
    ['key WARMUP_RATIO', 'round', { decision: 'key', key: 'WARMUP_RATIO' }],
    ['KEY warmup_ratio', 'parameter', { decision: 'key', key: 'WARMUP_RATIO' }],
    ['warmup_ratio=0.2', 'round', { decision: 'set', key: 'WARMUP_RATIO', value: 0.2 }],
    // An own training's keys are as its author wrote them; one that is none is for the run to refuse by its name.
    ['kernel=rbf', 'round', { decision: 'set', key: 'kernel', value: 'rbf' }],
    ['l2_norm = 0.5', 'round', { decision: 'set', key: 'l2_norm', value: 0.5 }],
    ['key kernel', 'round', { decision: 'key', key: 'kernel' }],
    ['repeat', 'training', { decision: 'repeat' }],
    ['', 'training', { decision: 'continue' }],
    ['n', 'training', { decision: 'stop-run' }],
    ['WARMUP_RATIO=0.2', 'training', { decision: 'set', key: 'WARMUP_RATIO', value: 0.2 }],
    ['0.2', 'training', null],
  ])('%j at a question of kind %s', (typed, kind, decision) => {
    expect(readAnswer(typed, gate(kind))).toEqual(decision && { ...decision, gate: 'the gate' });
  });
});

test('questions say what may be answered; a run of an earlier release takes no key and no repeat', () => {
  expect(question(gate('round'))).toBe(
    'Continue with the next round of LEARNING_RATE? [Y/n, or a value to try, KEY=VALUE, key KEY, repeat, stop]',
  );
  expect(question(gate('training'))).toMatch(
    /whichever key promises most\? \[Y\/n, or KEY=VALUE, key KEY, repeat, stop\]/,
  );
  expect(question(earlier(gate('parameter')))).toBe(
    'Go on with the next parameter, NUM_TRAIN_EPOCHS? [Y/n, or a value to try, stop]',
  );
  expect(readAnswer('repeat', earlier(gate('round')))).toMatchObject({ decision: 'set', value: 'repeat' });
});

test('a question is drawn on the stream of the screen, since stdout may belong to --json', async () => {
  const output = new PassThrough();
  let drawn = '';
  output.on('data', (chunk) => (drawn += String(chunk)));
  const elsewhere = new AbortController();
  const asked = askAtGate(null as unknown as Handle, gate('round'), { output, signal: elsewhere.signal });
  const ended = expect(asked).rejects.toMatchObject({ name: 'AbortPromptError' });
  for (let tries = 0; tries < 100 && !drawn.includes('Continue'); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  elsewhere.abort();
  await ended;
  expect(drawn).toContain('Continue with the next round of LEARNING_RATE? [Y/n/…]');
});
