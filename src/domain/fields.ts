/** Kinds of fields that several groups of settings have: counts, and the names of keys and runs. */
import { z } from 'zod';
import { said } from './said.ts';

export const positiveInt = (max: number) => z.int().min(1).max(max);

/** A name of a key, a column or a metric. */
export const keyName = z
  .string()
  .regex(/^[A-Za-z]\w{0,63}$/, said`allowed: 1 to 64 letters, digits and underscores, starting with a letter`)
  .refine((name) => !(name in Object.prototype), said`it is a word of JavaScript that every object has`);

/** Names that become a folder below OUTPUT_DIR_ROOT: no separators, no leading dot. */
const nameOf = (longest: number, why: string) =>
  z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,${longest - 1}}$`),
      said`allowed: 1 to ${longest} letters, digits, dots, hyphens and underscores, starting with a letter or digit${why}`,
    );

/** `-20260131-235959`: what a run's name has after the name that a person gave. */
const TIMESTAMP_LENGTH = 16;
const LONGEST_RUN_NAME = 64;

/** A whole run name, and other names of files. */
export const runNameSchema = nameOf(LONGEST_RUN_NAME, '');

/** What a person may call a run: the time of its start still has to fit. */
export const givenNameSchema = nameOf(
  LONGEST_RUN_NAME - TIMESTAMP_LENGTH,
  said`; the time of the start is added, and a run's name has at most ${LONGEST_RUN_NAME}`,
);
