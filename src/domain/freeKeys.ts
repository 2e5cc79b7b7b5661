/**
 * Keys of an own training: of any name, given and read by its author. The agent knows of them only what the configuration
 * says: a default, and a space where they are tuned.
 */
import { z } from 'zod';
import { agentSettingsSchema } from './agentSettings.ts';
import { keyName } from './fields.ts';
import { isPlugin } from './metric.ts';
import type { ParameterSpace, ParameterValue } from './parameterSpace.ts';
import { said } from './said.ts';
import { refuseValue } from './searchSpace.ts';
import { soundsSecret } from './secretName.ts';
import { trainingConfigSchema } from './trainingConfig.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { show } from './words.ts';

/** What a free key may hold. */
const freeValue = z.union([z.string().max(1000), z.number(), z.boolean(), z.null()], {
  error: said`allowed: a text, a number, true, false or null`,
});

/** Whether the schema knows nothing of a key of DEFAULT_CONFIG. */
export const isFree = (key: string): boolean =>
  !Object.hasOwn(trainingConfigSchema.shape, key) &&
  !Object.hasOwn(agentSettingsSchema.shape, key) &&
  key !== 'TUNABLE_KEYS';

/** What is wrong with a free key or its value; null when it may stand. The value of a secret is not told. */
export function refuseFree(key: string, value: unknown): string | null {
  const name = keyName.safeParse(key);
  if (!name.success) return said`${key.slice(0, 80)} is no name for a key; ${name.error.issues[0]!.message}`;
  if (value !== null && soundsSecret(key))
    return said`${key} sounds like a secret, and settings are kept in the history, in every trial's files and in the report; secrets belong into a file that your training reads by itself (${key}_FILE may name it), or HF_TOKEN into the workers' environment`;
  const parsed = freeValue.safeParse(value);
  return parsed.success ? null : said`${key} = ${show(value)} is not possible; ${parsed.error.issues[0]!.message}`;
}

/** What is wrong with the defaults of tunable keys: each needs one, and in an own training one within its space. */
export function tunableProblems(
  config: TrainingConfig,
  spaces: Readonly<Record<string, ParameterSpace>>,
): { key: string; message: string }[] {
  const values = config as unknown as Record<string, unknown>;
  const plugin = isPlugin(config);
  return Object.entries(spaces).flatMap(([key, space]) => {
    // A null leaves the value to the model or the loss, and the search would have nothing to begin at.
    if (!Object.hasOwn(values, key) || values[key] === null)
      return [
        {
          key,
          message: said`${key} is tuned and needs a default in DEFAULT_CONFIG, such as ${key}: ${exampleOf(space)}`,
        },
      ];
    if (!plugin) return [];
    const refused = refuseValue(key, values[key], space);
    return refused ? [{ key, message: said`the default ${refused}` }] : [];
  });
}

const exampleOf = ({ choices, min }: ParameterSpace): ParameterValue => choices?.[0] ?? min!;
