/** The trainer's protocol (docs/trainer-protocol.md), this side of it: commands, and events parsed at the boundary. */
import { z } from 'zod';
import type { ParameterValue } from '../domain/parameterSpace.ts';
import { inspectionSchema, machineSchema } from '../domain/trainerFacts.ts';
import type { TrainingConfig } from '../domain/trainingConfig.ts';

export const PROTOCOL_VERSION = 1;
/** Longer lines are dropped: no event is this long, whatever a broken trainer writes. */
export const MAX_LINE_BYTES = 64 * 1024;

/** When a training ends early: limits of looks, and what they were made from. */
export interface PruneRule {
  looks: { look: number; below: number }[];
  evidence: string;
}

interface WithConfig {
  trial: string;
  /** Names what is served, where `trial` does not: several runs may have equal trials. */
  work?: string;
  config: TrainingConfig;
  project_dir: string;
  /** Absent: all that the trainer has. */
  threads?: number | undefined;
  /** Fingerprints that rows and weights here must have; others are refused, kind `changed`. */
  expects?: { data: string; model: string };
  /** False: in a fresh process, since forking fails here. */
  fork?: false;
}
export type Command =
  | { command: 'hello' }
  | ({ command: 'inspect'; tunable?: Record<string, ParameterValue[]> } & WithConfig)
  | ({ command: 'run'; dir: string; token: string; prune?: PruneRule | null | undefined } & WithConfig)
  | ({
      command: 'evaluate';
      models: EvaluatedModel[];
      split: 'dev' | 'test';
      log: string;
      /**
       * Standard deviation between seeds on dev rows, and the repeats behind it; that it is there asks for a verdict, and
       * each model then says its arm and seed.
       */
      dev_noise?: { sd: number; repeats: number } | null;
    } & WithConfig)
  | ({ command: 'time'; dir: string; log: string } & WithConfig)
  | { command: 'cancel'; work: string; grace_s: number }
  | { command: 'shutdown'; grace_s: number };

/**
 * `path` null: the base model. `cosines_to`: a file that gets the cosines, as 64-bit little-endian floats; `cosines_from`:
 * one that has them, so that the model itself is not needed.
 */
export interface EvaluatedModel {
  name: string;
  path: string | null;
  arm?: 'untouched' | 'baseline' | 'best';
  seed?: number | null;
  cosines_to?: string;
  cosines_from?: string;
}

/** Commands that end with `finished` or `failed`. */
export type Answered = Exclude<Command, { command: 'cancel' | 'shutdown' | 'hello' }>;

/** The name of a command's work: one is served at a time under it. */
export const workOf = ({ work, trial }: Answered): string => work ?? trial;

const head = {
  v: z.literal(PROTOCOL_VERSION),
  seq: z.int(),
  t: z.number(),
  trial: z.string().nullable(),
  /** Name of the work that the event is of; absent in a trial's events.jsonl. */
  work: z.string().nullish(),
};
const number = z.number().nullable();
/** Figures beside a score, by name. */
const metrics = z.record(z.string(), number).default({});

const interval = z.object({ mean: z.number(), low: z.number(), high: z.number() });

export const evaluationSchema = z.object({
  split: z.string(),
  pairs: z.int(),
  scores: z.record(z.string(), z.object({ score: z.number(), metrics })),
  difference: interval.nullable(),
  seconds: z.number(),
  /** Of compared models: scores in their order, and what they say (trainer's `confirm.py`). */
  confirmation: z
    .object({
      scores: z.array(z.number()),
      difference: interval.nullable(),
      over_untouched: interval.nullable(),
      verdict: z.enum(['better', 'not_distinguishable', 'worse']),
      seed_sd: z.object({ baseline: z.number(), best: z.number(), measured: z.boolean() }),
    })
    .nullish(),
});

/** A mini-training of the default configuration: seconds of its parts (`Timing` in the domain), and of all of it. */
const timingSchema = z.object({
  seconds_per_step: z.number().positive(),
  fixed_seconds_per_step: z.number().min(0),
  seconds_per_evaluation: z.number().min(0),
  startup_seconds: z.number().min(0),
  save_seconds: z.number().min(0),
  steps: z.int().min(1),
  total_steps: z.int().min(1),
  seconds: z.number().min(0),
});

/** What the trainer says of a failure. Its own kinds beside the product's: cancelled, fenced, busy, changed, protocol. */
const failedSchema = z.object({
  ...head,
  event: z.literal('failed'),
  kind: z.string(),
  message: z.string(),
  facts: z.record(z.string(), z.unknown()).catch({}),
  log_tail: z.string().nullish(),
});

export const eventSchema = z.discriminatedUnion('event', [
  machineSchema.extend({ ...head, event: z.literal('ready'), pid: z.int(), fork: z.boolean(), slots: z.int().min(1) }),
  z.object({
    ...head,
    event: z.literal('started'),
    pid: z.int(),
    resumed_from: z.int(),
    total_steps: z.int(),
    rows: z.object({ train: z.int(), dev: z.int() }),
  }),
  z.object({
    ...head,
    event: z.literal('step'),
    step: z.int(),
    total_steps: z.int(),
    epoch: number,
    loss: number,
    learning_rate: number,
    pairs_per_s: number,
    eta_s: number,
  }),
  z.object({ ...head, event: z.literal('eval'), step: z.int(), epoch: number, score: number, best: z.boolean() }),
  z.object({ ...head, event: z.literal('progress'), step: z.int().nullable(), phase: z.string() }),
  z.object({ ...head, event: z.literal('checkpoint'), step: z.int(), path: z.string() }),
  z.object({ ...head, event: z.literal('warning'), code: z.string(), message: z.string() }),
  z.object({
    ...head,
    event: z.literal('finished'),
    result: z.string().nullish(),
    score: number.optional(),
    inspection: inspectionSchema.nullish(),
    evaluation: evaluationSchema.nullish(),
    timing: timingSchema.nullish(),
  }),
  failedSchema,
]);

export type TrainerEvent = z.infer<typeof eventSchema>;
export type EventOf<Name extends TrainerEvent['event']> = Extract<TrainerEvent, { event: Name }>;

/**
 * Parses one line; null for anything that is not an event of this version: the trainer's channel may carry rubbish when
 * it dies.
 */
export function parseEvent(line: string): TrainerEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = eventSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
