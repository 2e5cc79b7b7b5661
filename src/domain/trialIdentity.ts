/** A trial's identity: the hash of everything that can change its result. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { ADDED_KEYS } from './settings.ts';
import { fingerprintOf } from './trainerFacts.ts';
import type { TrainerFacts } from './trainerFacts.ts';
import type { TrainingConfig, TrainingKey } from './trainingConfig.ts';

/** Keys that name places or rhythms of logging and cannot change weights or scores. */
const WITHOUT_EFFECT: ReadonlySet<TrainingKey> = new Set([
  'OUTPUT_DIR_ROOT',
  'STORE',
  'RUN_NAME_PREFIX',
  'LOGGING_STEPS',
  'SAVE_TOTAL_LIMIT',
  'SAVE_STRATEGY',
  'SAVE_STEPS',
  // The rows themselves are in the identity.
  'GROUP_COLUMN',
  'TRAINER_FILES',
  // They say what becomes of a result, not what it is.
  'CONSTRAINTS',
  'DATASET_NAME',
  'COLUMNS',
  'SCORE_RANGE',
]);

/** JSON with sorted keys, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** SHA-256 of the canonical JSON, as hex. */
function digest(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));
}

/** A key that came later, with the value that stands for how it was before: an older trial has the same identity. */
const meansWhatItMeantBefore = (key: string, value: unknown): boolean =>
  Object.hasOwn(ADDED_KEYS, key) && canonicalJson(value) === canonicalJson(ADDED_KEYS[key as keyof typeof ADDED_KEYS]);

/**
 * Identifies a training: configuration, rows of data (by fingerprint, wherever they lie), weights, versions, device,
 * threads.
 *
 * @returns 16 hexadecimal digits; equal exactly when a training would give the same result.
 */
export function trialId(config: TrainingConfig, facts: TrainerFacts): string {
  const effective = Object.fromEntries(
    Object.entries(config).filter(
      ([key, value]) => !WITHOUT_EFFECT.has(key as TrainingKey) && !meansWhatItMeantBefore(key, value),
    ),
  );
  const { versions, device, threads, inspection } = facts;
  return digest({
    config: effective,
    data: inspection.data.fingerprint,
    model: fingerprintOf(inspection, config.BASE_MODEL),
    versions,
    device: `${device.type} ${device.name}`,
    threads,
  }).slice(0, 16);
}
