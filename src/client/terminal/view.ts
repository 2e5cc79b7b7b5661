/** Texts fitted to the width of where they are shown, in columns: a Chinese character takes two. */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** What there is room for. */
export interface View {
  /** Columns; Infinity: a log, where each thing told is one line. */
  width: number;
  rows: number;
}

export const LOG: View = { width: Infinity, rows: Infinity };
export const isLog = ({ width }: View): boolean => width === Infinity;

/** Where the terminal does not tell. */
const USUAL = { columns: 80, rows: 24 };
/** Narrower than this nothing is set well; the terminal then breaks lines itself. */
const NARROWEST = 30;
/** Longer lines of prose are hard to read. */
const PROSE = 100;

/** The view that a stream has now; a log where it is no terminal, or one that cannot move its cursor. */
export function viewOf(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>): View {
  if (!drawsOn(stream)) return LOG;
  return { width: Math.max(NARROWEST, stream.columns || USUAL.columns), rows: stream.rows || USUAL.rows };
}

export const drawsOn = ({ isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>): boolean =>
  Boolean(isTTY) && process.env['TERM'] !== 'dumb';

const graphemes = new Intl.Segmenter();

/** A text without styles, cut where it does not fit. */
export function fitted(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let [kept, used] = ['', 1];
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

export const padded = (text: string, width: number): string => text + gap(text, width);

/** A figure at the right end of its column. */
export const paddedStart = (text: string, width: number): string => gap(text, width) + text;

const gap = (text: string, width: number): string => ' '.repeat(Math.max(0, width - stringWidth(text)));

/**
 * What a line may be broken after: a word, or a Chinese character, with the marks that must not stand apart from it.
 * Spaces go with what they follow.
 */
const PIECE =
  /[（「“《【([]*(?:\p{Script=Han}|[^\s\p{Script=Han}（「“《【，。；：！？、）」”》】]+(?:\s%)?)?[，。；：！？、）」”》】…]*\s*/gu;

/** The lines of a text of prose, each below the one before it; one line in a log. A word that is too long is broken. */
export function wrapped(text: string, view: View, indent = 0): string[] {
  if (isLog(view)) return [text];
  const room = Math.max(8, Math.min(PROSE, view.width) - indent);
  const lines: string[] = [];
  let line = '';
  for (const [piece] of text.matchAll(PIECE)) {
    if (line !== '' && stringWidth((line + piece).trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  if (line.trim()) lines.push(line.trimEnd());
  return lines.flatMap((one) => wrapAnsi(one, room, { hard: true }).split('\n'));
}

/** How wide the names of `labelled` lines are; on a narrow terminal they leave more to the texts. */
const nameWidth = ({ width }: View): number => (width < 56 ? 12 : 13);

/** `  name         `, with a space at the least. */
const nameColumn = (name: string, view: View): string =>
  `  ${padded(name, Math.max(nameWidth(view), stringWidth(name) + 1))}`;

/** `  name         text`, with the text's further lines below its first. */
export function labelled(name: string, text: string, view: View): string[] {
  const label = nameColumn(name, view);
  const indent = stringWidth(label);
  const [first = '', ...rest] = wrapped(text, view, indent);
  return [`${label}${first}`, ...rest.map((line) => `${' '.repeat(indent)}${line}`)];
}

/** The same with something to copy, which is never broken: an address, a path, a command. `aside`: said where it fits. */
export function copyable(name: string, text: string, view: View, aside = ''): string[] {
  const line = `${nameColumn(name, view)}${text}`;
  if (stringWidth(`${line} ${aside}`) <= view.width) return [`${line} ${aside}`.trimEnd()];
  return stringWidth(line) <= view.width ? [line] : [`  ${name}`, `    ${text}`];
}

/** Two texts at the ends of one line, or below each other where they do not fit. */
export function apart(left: string, right: string, { width }: View): string[] {
  const gap = width - stringWidth(left) - stringWidth(right);
  if (width === Infinity) return [`${left}  ${right}`];
  return gap >= 2 ? [`${left}${' '.repeat(gap)}${right}`] : [left, `  ${right}`];
}

/** As many parts as fit, the first ones first, between dots. */
export function joined(parts: readonly string[], width: number): string {
  let line = '';
  for (const part of parts.filter(Boolean)) {
    const longer = line ? `${line} · ${part}` : part;
    if (line && stringWidth(longer) > width) return line;
    line = longer;
  }
  return line;
}

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [
    [side, ''],
    ...['mid', 'left', 'right'].map((end) => [`${side}-${end}`, '']),
  ]),
);

/** Columns without lines between them; `-`: numbers, which end below each other. */
export function columns(rows: readonly (readonly string[])[], aligned: readonly ('left' | 'right')[]): string[] {
  const table = new Table({
    chars: { ...NO_LINES, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: [...aligned],
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
