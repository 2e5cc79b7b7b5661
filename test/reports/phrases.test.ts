/** Words of the report's own that every section uses. */
import { expect, test } from '@jest/globals';
import { duration, sayIn } from '../../src/reports/phrases.ts';

test.each([
  [0, '0.0 s', '0.0 秒'],
  [59.94, '59.9 s', '59.9 秒'],
  [59.96, '1 min 0 s', '1 分 0 秒'],
  [119.6, '2 min 0 s', '2 分 0 秒'],
  [200, '3 min 20 s', '3 分 20 秒'],
  [3599.7, '1 h 0 min', '1 小时 0 分'],
  [7499, '2 h 5 min', '2 小时 5 分'],
])('%d seconds are read as %s, never with 60 of a unit', (seconds, en, zh) => {
  expect([duration(seconds, sayIn('en')), duration(seconds, sayIn('zh'))]).toEqual([en, zh]);
  expect(duration(seconds, sayIn('mixed'))).toBe(en);
});
