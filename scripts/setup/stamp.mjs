/** Stamps say that an installation is complete. They lie inside what they speak of, so they go when it goes. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './paths.mjs';

/** @param {string[]} files */
export function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** Whether a stamp says exactly this. A project that was moved does not count: a venv holds absolute paths. */
export function isStamped(file, facts) {
  try {
    const stamp = JSON.parse(readFileSync(file, 'utf8'));
    return stamp.root === ROOT && Object.entries(facts).every(([key, value]) => stamp[key] === value);
  } catch {
    return false;
  }
}

export function stamp(file, facts) {
  mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, JSON.stringify({ root: ROOT, at: new Date().toISOString(), ...facts }));
  renameSync(fresh, file);
}
