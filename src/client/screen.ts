/** Where a command writes: lines that stay, and on a terminal one live block below them. */
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';

export interface Screen {
  /** Whether a person can be asked here. */
  readonly interactive: boolean;
  /** Where it is drawn, prompts included. */
  readonly stream: NodeJS.WriteStream;
  line(text: string): void;
  /** Replaces the live block; does nothing where there is no terminal. */
  live(text: string): void;
  /** Takes the live block away, for a prompt or the end. */
  clear(): void;
}

// Texts of advisers and people may carry escapes that would drive the terminal.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text from outside, safe on a terminal and on one line. */
export function plain(text: string, longest = 300): string {
  const kept = text.replace(/\s+/g, ' ').replace(CONTROL, '');
  return kept.length > longest ? `${kept.slice(0, longest - 1)}…` : kept;
}

/** @param stream - stdout, or stderr when stdout belongs to `--json`. */
export function createScreen(stream: NodeJS.WriteStream): Screen {
  const isTerminal = Boolean(stream.isTTY);
  const update = isTerminal ? createLogUpdate(stream, { showCursor: true }) : null;
  return {
    stream,
    interactive: isTerminal && Boolean(process.stdin.isTTY),
    line: (text) => {
      update?.clear();
      stream.write(`${text}\n`);
    },
    live: (text) => update?.(text),
    clear: () => update?.clear(),
  };
}

type Style = Parameters<typeof styleText>[0];
/** Colour where the terminal has it (NO_COLOR is honoured). */
export const styled = (style: Style, text: string): string =>
  styleText(style, text, { stream: process.stderr.isTTY ? process.stderr : process.stdout });

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Room on a disk as people read it, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[power]}`;
}
