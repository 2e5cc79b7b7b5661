/** Where a command writes: lines that stay, and on a terminal one live block below them. */
import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import stringWidth from 'string-width';
import { drawsOn, viewOf } from './terminal/view.ts';
import type { View } from './terminal/view.ts';

export interface Screen {
  /** Whether a person can be asked here. */
  readonly interactive: boolean;
  /** Where it is drawn, prompts included. */
  readonly stream: NodeJS.WriteStream;
  /** Room that there is now. */
  view(): View;
  line(text: string): void;
  lines(texts: readonly string[]): void;
  /** Replaces the live block, which is made again whenever the terminal's size changes; does nothing in a log. */
  live(block: (view: View) => string[]): void;
  /** Takes the live block away, for a prompt or the end. */
  clear(): void;
  /** Rings the terminal's bell, which many show as a desktop notification; not in a log, nor with TUNING_BELL=off. */
  ring(): void;
}

// Texts of advisers and people may carry escapes that would drive the terminal.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text from outside, safe on a terminal and on one line. */
export function plain(text: string, longest = 300): string {
  const kept = text.replace(/\s+/g, ' ').replace(CONTROL, '');
  return kept.length > longest ? `${kept.slice(0, longest - 1)}…` : kept;
}

const BELL = '\u0007';

/** @param stream - stdout, or stderr when stdout belongs to `--json`. */
export function createScreen(stream: NodeJS.WriteStream): Screen {
  painted = stream;
  const region = drawsOn(stream) ? new LiveRegion(stream) : null;
  const lines = (texts: readonly string[]): void => {
    const text = texts.map((one) => `${one}\n`).join('');
    if (region) region.above(text);
    else stream.write(text);
  };
  return {
    stream,
    interactive: Boolean(stream.isTTY) && Boolean(process.stdin.isTTY),
    view: () => viewOf(stream),
    line: (text) => lines([text]),
    lines,
    live: (block) => region?.show(block),
    clear: () => region?.clear(),
    ring: () => {
      if (region && process.env['TUNING_BELL'] !== 'off') stream.write(BELL);
    },
  };
}

/** The block at the end of a terminal, kept whole while lines are written above it and while the size changes. */
class LiveRegion {
  readonly #stream: NodeJS.WriteStream;
  readonly #update: ReturnType<typeof createLogUpdate>;
  #block: ((view: View) => string[]) | null = null;
  #drawn: string[] = [];

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#update = createLogUpdate(stream, { showCursor: true });
  }

  show(block: (view: View) => string[]): void {
    if (!this.#block) this.#stream.on('resize', this.#resized);
    this.#block = block;
    this.#draw();
  }

  above(text: string): void {
    this.#update.clear();
    this.#stream.write(text);
    if (this.#block) this.#draw();
  }

  clear(): void {
    this.#stream.off('resize', this.#resized);
    this.#block = null;
    this.#update.clear();
  }

  #draw(): void {
    this.#drawn = this.#block!(viewOf(this.#stream));
    this.#update(this.#drawn.join('\n'));
  }

  /** A terminal that became narrower has broken the block's lines, so it takes more rows than were written. */
  readonly #resized = (): void => {
    const { columns } = this.#stream;
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);
    // Line by line: what is cleared at once from the top on, tmux keeps in its history.
    for (let left = rows; left > 0; left -= 1) {
      moveCursor(this.#stream, 0, -1);
      clearLine(this.#stream, 0);
    }
    cursorTo(this.#stream, 0);
    this.#update.done();
    this.#draw();
  };
}

/** The stream of the command's screen: colours are for it, not for another one that may be a file. */
let painted: NodeJS.WriteStream = process.stdout;

type Style = Parameters<typeof styleText>[0];
/** Colour where the terminal has it (NO_COLOR is honoured). */
export const styled = (style: Style, text: string): string => styleText(style, text, { stream: painted });

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Room on a disk as people read it, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[power]}`;
}
