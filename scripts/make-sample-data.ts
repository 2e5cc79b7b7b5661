/**
 * Makes data/sample and data/sample-*: real English from WordNet, one folder per task.
 * `node scripts/make-sample-data.ts [folder for them]`. Seeded and reproducible byte for byte.
 */
import { fileURLToPath } from 'node:url';
import { main } from './sample-data/main.ts';

main(process.argv[2] ?? fileURLToPath(new URL('../data', import.meta.url)));
