/** Everything that the terminal shows, in every width and both languages: no line is wider than the terminal. */
import { afterEach, describe, expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import { closingLines, failedLines } from '../../../src/client/terminal/ending.ts';
import { liveBlock } from '../../../src/client/terminal/liveBlock.ts';
import { questionCard } from '../../../src/client/terminal/questionCard.ts';
import { adviserLines, dataLines, expectationLines, noteLines } from '../../../src/client/terminal/startLines.ts';
import { trialLines } from '../../../src/client/terminal/trialLines.ts';
import type { View } from '../../../src/client/terminal/view.ts';
import { progressOf } from '../../../src/domain/progress.ts';
import { LANGUAGES, setLanguage } from '../../../src/words/catalogue.ts';
import { studiedRun } from '../../domain/studied.ts';
import { IN_HAND, WIDTHS, factsOf, gateOf, pointer, tuningRun, view } from './runs.ts';

afterEach(() => setLanguage('en'));

const shown: [string, (seen: View) => string[]][] = [
  ['the live block', (seen) => liveBlock(factsOf(tuningRun()), seen)],
  ['of a baseline', (seen) => liveBlock(factsOf(tuningRun({ phase: 'baseline', queue: [] })), seen)],
  ['of a free search', (seen) => liveBlock(factsOf(tuningRun({ queue: [] })), seen)],
  [
    'with what is waited for',
    (seen) =>
      liveBlock(factsOf(tuningRun(), { notices: ['waits for a free slot for trainings: 3 are before it'] }), seen),
  ],
  [
    'with many at once',
    (seen) => {
      const many = Array.from({ length: 9 }, (_, index) => index + 10);
      const inHand = many.map((number) => ({ ...IN_HAND, number }));
      return liveBlock(factsOf(tuningRun({ inHand }), { pointers: many.map((number) => pointer({ number })) }), seen);
    },
  ],
  ['trials', (seen) => studiedRun().trials.flatMap((trial) => trialLines(trial, undefined, seen))],
  ...(['round', 'parameter', 'training'] as const).map((kind): [string, (seen: View) => string[]] => [
    `a question of kind ${kind}`,
    (seen) => questionCard(progressOf(tuningRun()), gateOf(kind, { deadline: 1_780_000_000_000 }), seen),
  ]),
  [
    'the start',
    (seen) => {
      const progress = progressOf(tuningRun());
      const [data, adviser] = [dataLines(progress, seen), adviserLines(progress, seen)];
      return [
        ...data,
        ...adviser,
        ...expectationLines(progress, seen),
        ...noteLines('a note of some words '.repeat(9), seen),
      ];
    },
  ],
  ['the end', (seen) => closingLines({ ...progressOf(studiedRun()), bestModel: null }, seen)],
  ['a failure', (seen) => failedLines('no row of the data could be read: '.repeat(6), 'data', seen)],
];

describe.each(LANGUAGES)('in %s', (language) => {
  describe.each(WIDTHS)('at %d columns', (width) => {
    test.each(shown)('%s', (_what, linesOf) => {
      setLanguage(language);
      const lines = linesOf(view(width));
      expect(lines.length).toBeGreaterThan(1);
      expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
      expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
    });
  });

  test.each([5, 8, 12, 20, 30])('the live block is never taller than a screen of %d rows', (rows) => {
    setLanguage(language);
    for (const width of WIDTHS) {
      const lines = liveBlock(factsOf(tuningRun()), view(width, rows));
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThan(rows);
    }
  });
});

test('columns of Chinese are below each other', () => {
  setLanguage('zh');
  const block = liveBlock(factsOf(tuningRun()), view(80));
  const head = block.findIndex((line) => line.includes('结论'));
  const columnOf = (line: string, text: string) => stringWidth(line.slice(0, line.indexOf(text)));
  expect(columnOf(block[head + 1]!, '默认')).toBe(columnOf(block[head]!, '结论'));
  const bars = block.filter((line) => /[█░]{8}/.test(line));
  expect(bars).toHaveLength(3);
  expect(new Set(bars.map((line) => stringWidth(line.slice(0, line.search(/[█░]/))))).size).toBe(1);
});
