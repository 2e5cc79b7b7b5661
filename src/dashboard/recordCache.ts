/** Records of runs as lists need them, read again only when their files have changed: a list is asked for every second. */
import { stat } from 'node:fs/promises';
import { incumbentOf } from '../domain/runTrials.ts';
import { runLayout } from '../training/layout.ts';
import { readRunRecord } from '../training/runRecord.ts';
import type { ReadRecord, RunRecord } from '../training/runRecord.ts';

/** A function like `readRunRecord` that remembers; what it returns has the best trial alone. */
export function cachedRecords(): ReadRecord {
  const kept = new Map<string, { mark: string; record: RunRecord | null }>();
  return async (outputRoot, run) => {
    const file = runLayout(outputRoot, run).record;
    const facts = await stat(file).catch(() => null);
    if (!facts) {
      kept.delete(file);
      return null;
    }
    const mark = `${facts.ino} ${facts.size} ${facts.mtimeMs}`;
    const known = kept.get(file);
    if (known?.mark === mark) return known.record;
    const record = await readRunRecord(outputRoot, run);
    const slim = record && inShort(record);
    kept.set(file, { mark, record: slim });
    return slim;
  };
}

function inShort(record: RunRecord): RunRecord {
  const best = incumbentOf(record.state);
  return { ...record, state: { ...record.state, trials: best ? [best] : [], notes: [], decisions: [], refusals: [] } };
}
