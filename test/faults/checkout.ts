/**
 * A second checkout of the project, for tests of upgrades: sources of its own, which a test may change as a pull would,
 * and the packages of the project through links. `npm` is a program of the test's, so nothing is installed in earnest.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { ResultPromise } from 'execa';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

const COPIED = ['package.json', 'package-lock.json', 'src', 'scripts', 'trainer', 'config', 'data'];
/** The set-up's stamps say which checkout they are of. */
const STAMP = /^(\.tuning-setup|tuning-setup)/;

const { hashOf } = (await import(path.join(PROJECT_ROOT, 'scripts', 'setup', 'stamp.mjs'))) as {
  hashOf: (files: string[]) => string;
};

/** A checkout that is set up, below `folder`. */
export function checkoutIn(folder: string): Checkout {
  mkdirSync(path.join(folder, 'checkout'));
  const checkout = new Checkout(realpathSync(path.join(folder, 'checkout')));
  for (const name of COPIED) cpSync(path.join(PROJECT_ROOT, name), path.join(checkout.root, name), { recursive: true });
  for (const name of ['node_modules', '.venv'])
    linkEntries(path.join(PROJECT_ROOT, name), path.join(checkout.root, name));
  const stamp = (file: string, facts: object) =>
    writeFileSync(path.join(checkout.root, file), JSON.stringify({ root: checkout.root, ...facts }));
  const inRoot = (...names: string[]) => names.map((name) => path.join(checkout.root, name));
  stamp('node_modules/.tuning-setup.json', {
    lock: hashOf(inRoot('package-lock.json')),
    platform: `${process.platform}-${process.arch}`,
    dev: false,
  });
  stamp('.venv/tuning-setup.json', {
    lock: hashOf(inRoot('trainer/requirements.lock', 'trainer/requirements-torch.txt')),
  });
  checkout.fakeNpm();
  return checkout;
}

function linkEntries(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) if (!STAMP.test(name)) symlinkSync(path.join(from, name), path.join(to, name));
}

export class Checkout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** What `git pull` does: files get longer by a line. */
  pull(...files: string[]): void {
    for (const file of files) {
      const full = path.join(this.root, file);
      mkdirSync(path.dirname(full), { recursive: true });
      writeFileSync(full, `${existsSync(full) ? readFileSync(full, 'utf8') : ''}\n`);
    }
  }

  /** `npm run <command>` in this checkout. */
  command(args: string[], environment: Record<string, string>): ResultPromise<{ reject: false }> {
    return execa(process.execPath, [path.join(this.root, 'scripts', 'launch.mjs'), ...args], {
      cwd: this.root,
      env: { ...environment, PATH: `${path.join(this.root, 'bin')}:${process.env['PATH']}` },
      reject: false,
    });
  }

  /** Notes each process whose id is in `<root>/watched` and that lives while packages are replaced. */
  fakeNpm(): void {
    const program = path.join(this.root, 'bin', 'npm');
    mkdirSync(path.dirname(program));
    const script = [
      '#!/bin/sh',
      `cd '${this.root}'`,
      'echo "$@" >> installs',
      'for pid in $(cat watched); do',
      '  if [ -e /proc/$pid ] && ! grep -q "^State:.Z" /proc/$pid/status; then echo $pid >> under-which; fi',
      'done',
    ];
    writeFileSync(program, `${script.join('\n')}\n`);
    chmodSync(program, 0o755);
  }

  watch(pids: readonly number[]): void {
    writeFileSync(path.join(this.root, 'watched'), pids.join('\n'));
  }

  /** How often packages were replaced, and which of the watched processes lived then. */
  installs(): { times: number; under: string[] } {
    const lines = (file: string) =>
      existsSync(path.join(this.root, file)) ? readFileSync(path.join(this.root, file), 'utf8').trim().split('\n') : [];
    return { times: lines('installs').length, under: lines('under-which') };
  }
}
