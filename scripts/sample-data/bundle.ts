/** What every task's data come as: a folder with one CSV file per split and the licence notice. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WordNet } from './wordnet.ts';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type PerSplit<T> = Record<(typeof SPLITS)[number], T>;
export type Row = readonly (string | number)[];

export interface Bundle {
  folder: string;
  columns: readonly string[];
  /** Makes the rows, cells in the order of `columns`; the same on every call. */
  rows: (wordNet: WordNet) => PerSplit<Row[]>;
}

const cell = (value: string | number): string => {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export function writeBundle(bundle: Bundle, wordNet: WordNet, parent: string): void {
  const folder = path.join(parent, bundle.folder);
  mkdirSync(folder, { recursive: true });
  const rows = bundle.rows(wordNet);
  for (const split of SPLITS) {
    const lines = [bundle.columns, ...rows[split]].map((row) => row.map(cell).join(','));
    writeFileSync(path.join(folder, `${split}.csv`), `${lines.join('\n')}\n`);
  }
  writeFileSync(path.join(folder, 'LICENSE'), wordNet.licence);
}
