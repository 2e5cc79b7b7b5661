/** A real Chromium for tests of the page; where there is none, they say so once and are skipped. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { describe } from '@jest/globals';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** CHROMIUM_PATH, or the first of the usual names on the PATH; null: none. */
function chromiumPath(): string | null {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  if (CHROMIUM_PATH) return CHROMIUM_PATH;
  const places = NAMES.flatMap((name) => PATH.split(path.delimiter).map((folder) => path.join(folder, name)));
  return places.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const executablePath = chromiumPath();

/** `describe` where there is a browser. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (executablePath !== null) describe(name, tests);
  else {
    process.stderr.write(`${name}: skipped, since no Chromium is found; name one with CHROMIUM_PATH\n`);
    describe.skip(name, tests);
  }
}

/** Chromium refuses its sandbox to root. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: executablePath!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
