/** The words of `check-data`. */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { CheckedData, CheckedSplit } from '../domain/checkedData.ts';
import { formatValue } from '../domain/formats.ts';
import { plain, styled } from './screen.ts';
import { t, translated } from '../words/catalogue.ts';

const PARTS: Record<string, () => string> = {
  train: () => t`train`,
  dev: () => t`dev (score)`,
  test: () => t`held-out`,
};
const BAR_WIDTH = 24;
const LONGEST_CELL = 160;

/** @param file - As the person named it. */
export function checkedLines(checked: CheckedData & { taskGuessed: boolean }, file: string): string[] {
  const { task, taskGuessed, splits, usable } = checked;
  return [
    taskGuessed
      ? t`${styled('bold', plain(checked.source))}: TASK ${task} (guessed from the columns; --task says otherwise)`
      : `${styled('bold', plain(checked.source))}: TASK ${task}`,
    ...columnLines(checked),
    ...(Object.keys(splits).length > 0 ? [splitTable(splits)] : []),
    ...valueLines(splits),
    ...nearLines(checked),
    ...exampleLines(checked),
    ...checked.warnings.map((warning) => styled('yellow', t`note: ${translated(plain(warning))}`)),
    ...checked.problems.map(problemLine),
    usable
      ? styled(
          'green',
          t`These data can be used: npm run start-run -- --set TASK=${task} --set DATASET_NAME=${plain(file)}`,
        )
      : styled('red', t`These data cannot be used as they are.`),
  ];
}

function columnLines({ columns }: CheckedData): string[] {
  const [first] = Object.values(columns);
  if (!first) return [];
  const used = Object.entries(first.sources).map(([name, source]) =>
    source === name ? name : t`${name} from ${typeof source === 'number' ? t`column ${source}` : source}`,
  );
  const unused = first.header.filter((name) => !Object.values(first.sources).includes(name));
  const all = plain(used.join(', '));
  return [`  ${unused.length > 0 ? t`columns: ${all}; not used: ${plain(unused.join(', '))}` : t`columns: ${all}`}`];
}

function splitTable(splits: CheckedData['splits']): string {
  const parts = Object.entries(splits);
  const table = new Table({
    head: ['', ...parts.map(([part, { name }]) => plain(PARTS[part] ? `${PARTS[part]()}: ${name}` : part))],
    style: { head: [], border: [], compact: true },
  });
  const put = (title: string, cell: (split: CheckedSplit) => string) =>
    table.push([plain(title), ...parts.map(([, split]) => plain(cell(split)))]);
  put(t`rows`, ({ rows }) => count(rows));
  put(t`scored one by one`, ({ units, unit }) => `${count(units)} ${translated(unit)}`);
  put(t`rows twice`, ({ duplicates }) => count(duplicates));
  for (const name of columnsOf(parts, 'texts')) {
    put(t`${name}: different`, ({ texts }) => (texts[name] ? count(texts[name].distinct) : '–'));
    put(t`${name}: characters`, ({ texts }) => lengths(texts[name]?.characters));
    put(t`${name}: scripts`, ({ texts }) => shares(texts[name]?.scripts ?? {}));
  }
  for (const name of columnsOf(parts, 'tokens')) {
    put(t`${name}: tokens`, ({ tokens }) => lengths(tokens[name]));
    put(t`${name}: cut by the model`, ({ tokens }) => cutWords(tokens[name]));
  }
  return `${table.toString()}\n  ${t`lengths: median, 95th of 100, longest`}`;
}

const columnsOf = (parts: [string, CheckedSplit][], of: 'texts' | 'tokens'): string[] => [
  ...new Set(parts.flatMap(([, split]) => Object.keys(split[of]))),
];

const count = (number: number): string => number.toLocaleString('en-US');
const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

function lengths(of: { median: number; p95: number; longest: number } | undefined): string {
  return of ? [of.median, of.p95, of.longest].map((length) => count(Math.round(length))).join(', ') : '–';
}

function cutWords(tokens: CheckedSplit['tokens'][string] | undefined): string {
  if (!tokens || tokens.limit === null) return '–';
  return t`${percent(tokens.cut)} above ${count(tokens.limit)}`;
}

const shares = (scripts: Record<string, number>): string =>
  Object.entries(scripts)
    .slice(0, 4)
    .map(([name, share]) => `${name} ${percent(share)}`)
    .join(', ') || '–';

/** Grades and labels of the training rows. */
function valueLines(splits: CheckedData['splits']): string[] {
  return Object.entries(splits['train']?.values ?? {}).flatMap(([name, bins]) => {
    const most = Math.max(...bins.map((bin) => bin.count));
    const titles = bins.map(({ from, to }) => (from === to ? short(from) : t`${short(from)} to ${short(to)}`));
    const width = Math.max(...titles.map((title) => stringWidth(title)));
    return [
      `  ${t`${plain(name)} of the training rows:`}`,
      ...bins.map((bin, at) => {
        const bar = '█'.repeat(Math.ceil((BAR_WIDTH * bin.count) / most));
        return `    ${' '.repeat(width - stringWidth(titles[at]!))}${titles[at]!} ${bar.padEnd(BAR_WIDTH)} ${count(bin.count)}`;
      }),
    ];
  });
}

const short = (value: number): string => formatValue(Number(value.toPrecision(3)));

function nearLines({ near_duplicates: near }: CheckedData): string[] {
  const shown = near.filter((pairs) => pairs.count > 0);
  return shown.flatMap(({ first, second, count: found, examples }) => [
    styled('yellow', t`note: ${count(found)} sentences of ${second} are almost the same as one of ${first}, such as`),
    ...examples.map(
      (pair) =>
        `    ${plain(pair.first, LONGEST_CELL)}\n    ${plain(pair.second, LONGEST_CELL)}  ${t`(${percent(pair.alike)} alike)`}`,
    ),
  ]);
}

function exampleLines({ examples }: CheckedData): string[] {
  if (examples.length === 0) return [];
  return [
    `  ${t`rows as they are trained:`}`,
    ...examples.map(({ cells }) => {
      const table = new Table({ style: { head: [], border: [], compact: true } });
      for (const { column, value, cut } of cells)
        table.push([
          plain(column),
          typeof value === 'number'
            ? formatValue(value)
            : `${plain(value, LONGEST_CELL)}${cut ? ` ${t`[cut here]`}` : ''}`,
        ]);
      return table.toString();
    }),
  ];
}

function problemLine({ message, count: rows, places }: CheckedData['problems'][number]): string {
  const also = places.slice(1).map((place) => plain(place));
  const more =
    rows > 1 ? ` ${t`(${count(rows)} rows, also ${`${also.join(', ')}${rows > places.length ? ' …' : ''}`})`}` : '';
  return styled('red', `✗ ${translated(plain(message))}${message.includes(' rows are, also ') ? '' : more}`);
}
