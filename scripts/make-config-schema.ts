/** Writes config/schema.json from the schema in the code. `node scripts/make-config-schema.ts` */
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../src/config/jsonSchema.ts';

writeFileSync(new URL('../config/schema.json', import.meta.url), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
