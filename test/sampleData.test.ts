import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../src/projectRoot.ts';

const SPLITS = ['train', 'validation', 'test'];
const BUNDLES = [
  { folder: 'sample', header: 'sentence1,sentence2,score', rows: [2000, 500, 500] },
  { folder: 'sample-retrieval', header: 'query,positive', rows: [1500, 300, 450] },
  { folder: 'sample-triplet', header: 'anchor,positive,negative', rows: [1500, 300, 450] },
  { folder: 'sample-pairs', header: 'sentence1,sentence2,label', rows: [1200, 400, 500] },
  { folder: 'sample-reranker', header: 'query,document,label', rows: [1800, 600, 1200] },
  { folder: 'sample-definitions', header: 'text,label', rows: [800, 320, 400] },
];
const bundled = (folder: string, name: string): string =>
  readFileSync(path.join(PROJECT_ROOT, 'data', folder, name), 'utf8');
/** Header and rows as cells; the files quote only sentences with commas or quotes, and no sentence has a line break. */
const table = (folder: string, split: string): string[][] =>
  bundled(folder, `${split}.csv`)
    .trim()
    .split('\n')
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map(([, cell]) => cell!));
const rows = (folder: string, split: string): string[][] => table(folder, split).slice(1);
const column = (folder: string, split: string, index: number): string[] =>
  rows(folder, split).map((row) => row[index]!);
const sentences = (folder: string, split: string): string[] =>
  rows(folder, split).flatMap((row) => row.filter((cell) => /[ ?]/.test(cell)));

describe('the bundled data', () => {
  let parent: string;
  beforeAll(() => {
    parent = mkdtempSync(path.join(tmpdir(), 'sample-'));
  });
  afterAll(() => rmSync(parent, { recursive: true }));

  test('are made again byte for byte', async () => {
    await execa(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      path.join(PROJECT_ROOT, 'scripts', 'make-sample-data.ts'),
      parent,
    ]);
    for (const { folder } of BUNDLES)
      for (const name of ['train.csv', 'validation.csv', 'test.csv', 'LICENSE'])
        expect(readFileSync(path.join(parent, folder, name), 'utf8')).toBe(bundled(folder, name));
  });

  describe.each(BUNDLES)('of $folder', ({ folder, header, rows: counts }) => {
    test('hold their columns and rows', () => {
      expect(SPLITS.map((split) => table(folder, split)[0]!.join(','))).toEqual(SPLITS.map(() => header));
      expect(SPLITS.map((split) => rows(folder, split).length)).toEqual(counts);
      for (const split of SPLITS)
        expect(rows(folder, split).every((row) => row.length === header.split(',').length)).toBe(true);
    });

    test('share no sentence between splits', () => {
      const seen = SPLITS.map((split) => [...new Set(sentences(folder, split))]);
      expect(new Set(seen.flat()).size).toBe(seen.flat().length);
    });

    test('carry the licence of WordNet', () => {
      expect(bundled(folder, 'LICENSE')).toContain('Copyright 2011 by Princeton University');
    });
  });

  describe.each(SPLITS)('%s', (split) => {
    const inGroups = (labels: string[], size: number): string[] =>
      labels.flatMap((_, at) =>
        at % size
          ? []
          : [
              labels
                .slice(at, at + size)
                .sort()
                .join(' '),
            ],
      );

    test('of sample repeats no sentence, and every four rows hold each grade once', () => {
      expect(new Set(sentences('sample', split)).size).toBe(sentences('sample', split).length);
      expect(new Set(inGroups(column('sample', split, 2), 4))).toEqual(new Set(['0.0 0.4 0.7 1.0']));
    });

    test('of sample-retrieval asks for each passage once', () => {
      for (const index of [0, 1]) {
        const texts = column('sample-retrieval', split, index);
        expect(new Set(texts).size).toBe(texts.length);
      }
    });

    test('of sample-triplet has a negative that answers the question of another row', () => {
      const positives = new Set(column('sample-triplet', split, 1));
      for (const [, positive, negative] of rows('sample-triplet', split)) {
        expect(negative).not.toBe(positive);
        expect(positives).toContain(negative);
      }
    });

    test('of sample-pairs has as many of each label in every slice', () => {
      expect(new Set(inGroups(column('sample-pairs', split, 2), 2))).toEqual(new Set(['0 1']));
    });

    test('of sample-reranker has six documents a query, one of them relevant', () => {
      const queries = column('sample-reranker', split, 0);
      expect(new Set(queries).size * 6).toBe(queries.length);
      expect(queries.every((query, at) => query === queries[at - (at % 6)])).toBe(true);
      expect(new Set(inGroups(column('sample-reranker', split, 2), 6))).toEqual(new Set(['0 0 0 0 0 1']));
    });
  });
});
