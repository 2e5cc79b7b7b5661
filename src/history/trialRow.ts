/** A finished trial as the index knows it, read from the files in its directory. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { hasModel } from '../training/keptModels.ts';
import type { RunLayout } from '../training/layout.ts';

/** Scores are Spearman correlations on the dev rows; `seconds` wall seconds of all attempts together. */
export interface TrialRow {
  trial: string;
  run: string;
  /** DEFAULT_CONFIG as it was trained with, JSON. */
  config: string;
  score: number;
  /** Scores at the looks that count, JSON: `[{step, score}]`. */
  looks: string;
  seconds: number;
  modelDigest: string;
  /** Null until the run has a record that names them. */
  dataFingerprint: string | null;
  modelFingerprint: string | null;
  /** Whether the model was on the disk when the row was written; whoever uses it looks again. */
  hasModel: boolean;
  finishedAt: string | null;
  /** The run that trained it: `run` itself, or the one whose result it took. */
  trainedBy: string;
}

export type Fingerprints = Pick<TrialRow, 'dataFingerprint' | 'modelFingerprint'>;

const resultSchema = z.object({
  trial: z.string(),
  score: z.number(),
  train_seconds: z.number(),
  model_digest: z.string(),
  finished_at: z.string().nullish(),
  evals: z.array(z.object({ step: z.number(), score: z.number(), counts: z.boolean().optional() })).default([]),
  config: z.record(z.string(), z.unknown()).optional(),
  from: z.string().nullish(),
});
const configSchema = z.object({ config: z.record(z.string(), z.unknown()) });

/** The row of a trial; null when it is not finished, or its files cannot be read as what they should be. */
export async function readTrialRow(
  layout: RunLayout,
  run: string,
  trial: string,
  fingerprints: Fingerprints,
): Promise<TrialRow | null> {
  const dir = layout.trial(trial);
  const result = resultSchema.safeParse(await readJson(path.join(dir, 'result.json'))).data;
  if (!result || result.trial !== trial) return null;
  const config =
    configSchema.safeParse(await readJson(path.join(dir, 'config.json'))).data?.config ?? result.config ?? {};
  return {
    trial,
    run,
    config: JSON.stringify(config),
    score: result.score,
    looks: JSON.stringify(
      result.evals.filter(({ counts = true }) => counts).map(({ step, score }) => ({ step, score })),
    ),
    seconds: result.train_seconds,
    modelDigest: result.model_digest,
    ...fingerprints,
    hasModel: await hasModel(layout, trial),
    finishedAt: result.finished_at ?? null,
    trainedBy: result.from ?? run,
  };
}

/** Null also for what is no JSON: the trial's own run mends or trains it again, the index leaves it out. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return null;
  }
}

/** Writes a row, in the place of the one that was there. */
export function putRow(index: DatabaseSync, row: TrialRow): void {
  index
    .prepare(
      `INSERT OR REPLACE INTO trials (trial, run, config, score, looks, seconds, model_digest, data_fingerprint,
        model_fingerprint, has_model, finished_at, trained_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      row.trial,
      row.run,
      row.config,
      row.score,
      row.looks,
      row.seconds,
      row.modelDigest,
      row.dataFingerprint,
      row.modelFingerprint,
      row.hasModel ? 1 : 0,
      row.finishedAt,
      row.trainedBy,
    );
}
