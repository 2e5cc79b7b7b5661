/** The question at a gate: what a person needs to decide, and what each answer does. */
import { describe, expect, test } from '@jest/globals';
import { questionCard } from '../../../src/client/terminal/questionCard.ts';
import { LOG } from '../../../src/client/terminal/view.ts';
import type { Gate } from '../../../src/domain/inbox.ts';
import { progressOf } from '../../../src/domain/progress.ts';
import { gateOf, plainText, tuningRun, view } from './runs.ts';

/** Its last trial is the adviser's NUM_TRAIN_EPOCHS = 3. */
const asking = () => {
  const state = tuningRun({ inHand: [] });
  return progressOf({ ...state, trials: state.trials.slice(0, 5) });
};
const textOf = (gate: Gate, seen = view(100)) => plainText(questionCard(asking(), gate, seen));

describe('the question at a gate', () => {
  test('comes with the best so far, the last trial, its reason, what more may bring and what is left', () => {
    const text = textOf(gateOf('round'));
    expect(text).toMatch(/^\n── Question ─+\n/);
    expect(text).toMatch(/best so far +0\.7600 · default 0\.6700 · LEARNING_RATE=1e-4/);
    expect(text).toMatch(/last trial +NUM_TRAIN_EPOCHS = 3 · 0\.7600 \(Δ \+0\.0600\) · accepted/);
    expect(text).toMatch(/its reason +adviser: chosen by the model/);
    expect(text).toMatch(/more of it +The best next training is expected to gain 0\.0011/);
    expect(text).toMatch(/left +about .* · 4 of 9 trainings used/);
    expect(text).not.toContain('GATE_TIMEOUT');
  });

  test('tells of a failed last trial why it failed', () => {
    const state = tuningRun({ inHand: [] });
    const text = plainText(
      questionCard(progressOf({ ...state, trials: state.trials.slice(0, 6) }), gateOf('round'), LOG),
    );
    expect(text).toContain('TRAIN_BATCH_SIZE = 64 · ended early: ended early at step 50');
  });

  test('fits a low screen, so that nothing that it needs is above it', () => {
    const lines = questionCard(asking(), gateOf('round'), view(60, 20));
    expect(lines.length).toBeLessThanOrEqual(17);
    const text = plainText(lines);
    for (const kept of ['best so far', 'left ', 'y, Enter', 'stop ']) expect(text).toContain(kept);
    expect(text).not.toContain('its reason');
  });

  test('says until when it waits', () => {
    expect(textOf(gateOf('round', { deadline: Date.UTC(2026, 0, 2, 12) }))).toMatch(
      /until +.*2 Jan 2026.*: without an answer the run goes on \(GATE_TIMEOUT\)/,
    );
  });

  test.each<[Gate['kind'], RegExp[], RegExp[]]>([
    [
      'round',
      [
        /y, Enter +train the next value of LEARNING_RATE/,
        /n +enough of LEARNING_RATE/,
        /a value/,
        /stop +end the search/,
      ],
      [],
    ],
    [
      'parameter',
      [/y, Enter +go on and tune NUM_TRAIN_EPOCHS/, /n +end the search/, /a value +train NUM_TRAIN_EPOCHS/],
      [/stop /],
    ],
    ['training', [/y, Enter +train what promises most/, /n +end the search/, /KEY=VALUE/], [/a value/]],
  ])('of kind %s says what each answer does', (kind, said, unsaid) => {
    for (const words of said) expect(textOf(gateOf(kind))).toMatch(words);
    for (const words of unsaid) expect(textOf(gateOf(kind))).not.toMatch(words);
  });

  test('of a run that an earlier release began offers no wishes', () => {
    const { keeps: _, ...earlier } = gateOf('round');
    expect(textOf(earlier)).not.toMatch(/KEY=VALUE|repeat  /);
  });
});
