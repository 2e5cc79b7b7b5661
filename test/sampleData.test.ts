import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../src/projectRoot.ts';

const SPLITS = { train: 2000, validation: 500, test: 500 };
const bundled = (name: string): string => readFileSync(path.join(PROJECT_ROOT, 'data', 'sample', name), 'utf8');
/** Rows as [sentence1, sentence2, score]; the file quotes only sentences with commas or quotes. */
const rows = (name: string): string[][] =>
  bundled(`${name}.csv`)
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, 3).map(([, cell]) => cell!));

describe('the bundled data', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sample-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are made again byte for byte', async () => {
    await execa(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      path.join(PROJECT_ROOT, 'scripts', 'make-sample-data.ts'),
      folder,
    ]);
    for (const name of ['train.csv', 'validation.csv', 'test.csv', 'LICENSE'])
      expect(readFileSync(path.join(folder, name), 'utf8')).toBe(bundled(name));
  });

  test('share no sentence between rows, and so none between splits', () => {
    const sentences = Object.keys(SPLITS).flatMap((split) =>
      rows(split).flatMap(([first, second]) => [first!, second!]),
    );
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  test.each(Object.entries(SPLITS))(
    '%s holds its rows, and every four of them hold each grade once',
    (split, count) => {
      const grades = rows(split).map((row) => row[2]!);
      expect(grades).toHaveLength(count);
      for (let start = 0; start < count; start += 4)
        expect(grades.slice(start, start + 4).sort()).toEqual(['0.0', '0.4', '0.7', '1.0']);
    },
  );

  test('carry the licence of WordNet', () => {
    expect(bundled('LICENSE')).toContain('Copyright 2011 by Princeton University');
  });
});
