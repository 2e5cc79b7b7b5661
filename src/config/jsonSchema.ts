/** The JSON Schema of a configuration file, for editors; config/schema.json is made from it. */
import { z } from 'zod';
import { DEFAULT_SPACES } from '../domain/searchSpace.ts';
import { agentSettingsSchema, parameterSpaceSchema, trainingConfigSchema } from '../domain/settings.ts';

const name = z.enum(Object.keys(DEFAULT_SPACES) as [string, ...string[]]);

/** Every key is optional here: a file is merged over the defaults. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.strictObject({
    DEFAULT_CONFIG: z.strictObject(trainingConfigSchema.partial().shape).optional(),
    TUNABLE_KEYS: z.union([z.array(name), z.partialRecord(name, parameterSpaceSchema)]).optional(),
    AGENT_SETTINGS: z.strictObject(z.object(agentSettingsSchema.shape).partial().shape).optional(),
  });
  return z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;
}
