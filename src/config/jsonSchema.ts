/** The JSON Schema of a configuration file, for editors; config/schema.json is made from it. */
import { z } from 'zod';
import { agentSettingsSchema } from '../domain/agentSettings.ts';
import { keyName } from '../domain/fields.ts';
import { parameterSpaceSchema } from '../domain/parameterSpace.ts';
import { tunableNames } from '../domain/searchSpace.ts';
import { trainingConfigSchema } from '../domain/trainingConfig.ts';

const tunable = tunableNames();
const required = (key: string) => ({
  properties: { DEFAULT_CONFIG: { required: [key] } },
  required: ['DEFAULT_CONFIG'],
});

/**
 * Every key is optional here: a file is merged over the defaults. Where the file names an own training its keys have any
 * name; else only known ones are allowed.
 */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.strictObject({
    DEFAULT_CONFIG: z
      .object(trainingConfigSchema.partial().shape)
      .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional(),
    TUNABLE_KEYS: z.union([z.array(keyName), z.record(keyName, parameterSpaceSchema.nullable())]).optional(),
    AGENT_SETTINGS: z.strictObject(z.object(agentSettingsSchema.shape).partial().shape).optional(),
  });
  return {
    ...(z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>),
    if: { anyOf: [required('TRAINER'), required('TRAINER_COMMAND')] },
    else: {
      properties: {
        DEFAULT_CONFIG: { propertyNames: { enum: Object.keys(trainingConfigSchema.shape) } },
        TUNABLE_KEYS: { items: { enum: tunable }, propertyNames: { enum: tunable } },
      },
    },
  };
}
