/** The live region on a terminal of its own: what is on the screen after lines, changes of size and the end. */
import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createScreen } from '../../../src/client/screen.ts';

/** A terminal that keeps what scrolled away, and breaks its lines anew when its width changes, as tmux and VTE do. */
class Terminal extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Rows as they are broken now. */
  #rows: string[] = [''];
  #at = { row: 0, column: 0 };

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  getColorDepth = (): number => 1;

  write(text: string): boolean {
    for (const [, move, how, sign] of text.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|([\s\S])/g))
      if (sign !== undefined) this.#put(sign);
      else this.#obey(move ?? '', how!);
    return true;
  }

  /** The lines that were written here are shorter than the widths of the tests, so none is to be joined again. */
  resize(columns: number, rows: number): void {
    const before = this.#rows.slice(0, this.#at.row);
    this.#rows = this.#rows.flatMap((row) => broken(row, columns));
    this.#at.row = before.flatMap((row) => broken(row, columns)).length;
    Object.assign(this, { columns, rows });
    this.emit('resize');
  }

  /** Everything that was ever shown and not erased. */
  shown = (): string[] => this.#rows.map((row) => row.trimEnd());

  #put(sign: string): void {
    if (sign === '\n') {
      this.#at = { row: this.#at.row + 1, column: 0 };
      this.#rows[this.#at.row] ??= '';
      return;
    }
    const { row, column } = this.#at;
    const text = this.#rows[row]!.padEnd(column);
    this.#rows[row] = text.slice(0, column) + sign + text.slice(column + 1);
    this.#at.column += 1;
  }

  #obey(move: string, how: string): void {
    const { row, column } = this.#at;
    const count = Number(move || '1');
    const top = Math.max(0, this.#rows.length - this.rows);
    if (how === 'A') this.#at.row = Math.max(top, row - count);
    else if (how === 'B') this.#at.row = Math.min(this.#rows.length - 1, row + count);
    else if (how === 'G') this.#at.column = count - 1;
    else if (how === 'K' && move === '2') this.#rows[row] = '';
    else if (how === 'K') this.#rows[row] = this.#rows[row]!.slice(0, column);
    else if (how !== 'h' && how !== 'l' && how !== 'm') throw new Error(`an escape that this terminal lacks: ${how}`);
  }
}

const broken = (row: string, columns: number): string[] => row.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [''];

const open: { clear(): void }[] = [];
function screenOn(columns: number, rows: number) {
  const terminal = new Terminal(columns, rows);
  const screen = createScreen(terminal as unknown as NodeJS.WriteStream);
  open.push(screen);
  return { terminal, screen };
}
afterEach(() => open.splice(0).forEach((screen) => screen.clear()));

describe('the live region', () => {
  test('stays below the lines that stay', () => {
    const { terminal, screen } = screenOn(40, 20);
    screen.live(() => ['block one', 'block two']);
    screen.line('trial 1');
    screen.lines(['trial 2', 'trial 3']);
    expect(terminal.shown()).toEqual(['trial 1', 'trial 2', 'trial 3', 'block one', 'block two', '']);
    screen.live(() => ['another']);
    expect(terminal.shown().filter(Boolean)).toEqual(['trial 1', 'trial 2', 'trial 3', 'another']);
    screen.clear();
    expect(terminal.shown().filter(Boolean)).toEqual(['trial 1', 'trial 2', 'trial 3']);
  });

  test.each([
    ['narrower', 20],
    ['wider', 70],
  ])(
    'is made again for a terminal that became %s, without remains and without taking lines that stay',
    (_how, columns) => {
      const { terminal, screen } = screenOn(40, 20);
      screen.lines(['trial 1', 'trial 2']);
      screen.live(({ width }) => ['═'.repeat(width), `at ${width}`]);
      terminal.resize(columns, 20);
      expect(terminal.shown().filter(Boolean)).toEqual(
        ['trial 1', 'trial 2', '═'.repeat(Math.max(30, columns)), `at ${Math.max(30, columns)}`].flatMap((line) =>
          line.match(new RegExp(`.{1,${columns}}`, 'g'))!,
        ),
      );
      screen.line('trial 3');
      expect(terminal.shown()[2]).toBe('trial 3');
    },
  );

  test('is told how low the screen is', () => {
    const { terminal, screen } = screenOn(40, 20);
    const heights: number[] = [];
    screen.live(({ rows }) => [String(heights.push(rows))]);
    terminal.resize(40, 8);
    expect(heights).toEqual([20, 8]);
  });

  test('does not come back after it was cleared', () => {
    const { terminal, screen } = screenOn(40, 20);
    screen.live(() => ['block']);
    screen.clear();
    terminal.resize(50, 20);
    screen.line('the end');
    expect(terminal.shown().filter(Boolean)).toEqual(['the end']);
    expect(terminal.listenerCount('resize')).toBe(0);
  });
});

test('what is no terminal gets the lines alone, without escapes', () => {
  let written = '';
  const stream = { write: (text: string) => (written += text) } as unknown as NodeJS.WriteStream;
  const screen = createScreen(stream);
  screen.live(() => ['block']);
  screen.line('trial 1');
  screen.ring();
  screen.clear();
  expect(written).toBe('trial 1\n');
  expect(screen.interactive).toBe(false);
  expect(screen.view().width).toBe(Infinity);
});

test.each([
  [undefined, '\u0007'],
  ['off', ''],
])('a terminal rings for a person; TUNING_BELL=%s', (setting, rung) => {
  const before = process.env['TUNING_BELL'];
  if (setting === undefined) delete process.env['TUNING_BELL'];
  else process.env['TUNING_BELL'] = setting;
  try {
    let written = '';
    const stream = Object.assign(new EventEmitter(), {
      isTTY: true,
      columns: 40,
      rows: 20,
      write: (text: string) => (written += text),
    });
    createScreen(stream as unknown as NodeJS.WriteStream).ring();
    expect(written).toBe(rung);
  } finally {
    if (before === undefined) delete process.env['TUNING_BELL'];
    else process.env['TUNING_BELL'] = before;
  }
});
