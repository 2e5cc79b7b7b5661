/** What `schedule` prints fits the terminal, in both languages. */
import { afterAll, describe, expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import type { KnownSchedule } from '../../src/runs/knownSchedules.ts';
import { addedLines, listLines, scheduleLines } from '../../src/client/schedule/words.ts';
import { setLanguage } from '../../src/words/catalogue.ts';

const NIGHTLY: KnownSchedule = {
  name: 'nightly',
  cron: '0 2 * * *',
  timezone: 'Asia/Shanghai',
  paused: false,
  note: null,
  always: false,
  adviser: { ADVISER: 'auto', model: 'gpt-5-mini', server: 'https://api.openai.com/v1', keyFrom: '.env' },
  next: ['2026-11-29T18:00:00Z', '2026-11-30T18:00:00Z', '2026-12-01T18:00:00Z'],
  executions: [
    {
      at: '2026-11-28T18:00:00Z',
      workflowId: 'schedule-nightly-2026-11-28T18:00:00Z',
      outcome: 'began',
      why: 'the data changed since nightly-20261120-180000: 1a2b3c4d then, 99ffee00 now',
      run: 'nightly-20261128-180003',
    },
  ],
  skippedBusy: 1,
  missed: 2,
};
const LONELY: KnownSchedule = {
  ...NIGHTLY,
  name: 'customers-weekly',
  paused: true,
  next: [],
  executions: [],
  adviser: { ...NIGHTLY.adviser, keyFrom: 'gone' },
};

afterAll(() => setLanguage('en'));

describe.each(['en', 'zh'] as const)('in %s', (language) => {
  test.each([60, 100])('of %d columns no line is wider, and no command or time is broken', (width) => {
    setLanguage(language);
    const view = { width, rows: 24 };
    const shown = [NIGHTLY, LONELY].flatMap((one) => [...scheduleLines(one, view), ...addedLines(one, true, view)]);
    const lines = [...shown, ...listLines([NIGHTLY, LONELY], view)];
    expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
    const text = lines.join('\n');
    for (const whole of ['npm run schedule -- run-now nightly', 'npm run schedule -- resume customers-weekly'])
      expect(text).toContain(whole);
    expect(text).not.toMatch(/\d{4}-\d{2}-\d{2}$\n\s+\d{2}:\d{2}/m);
  });
});

test('a list tells of each schedule when it is due, and what became of it', () => {
  setLanguage('en');
  expect(listLines([NIGHTLY, LONELY])).toEqual([
    'nightly  0 2 * * * (Asia/Shanghai)',
    '  next time    2026-11-30 02:00',
    '  last time    2026-11-29 02:00',
    '               began nightly-20261128-180003: the data changed since nightly-20261120-180000: 1a2b3c4d then, 99ffee00 now',
    '',
    'customers-weekly  0 2 * * * (Asia/Shanghai)',
    '  next time    paused: it begins nothing until it is resumed',
    '  last time    none yet',
  ]);
});
