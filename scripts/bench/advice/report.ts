/** docs/benchmarks.md: what stands between its marks is written from all lines of the cache folder. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import { readGrid } from './grid.ts';
import { Results } from './measures.ts';
import type { Line } from './measures.ts';
import { drawOwn, drawTables } from './pictures.ts';
import { KEPT, LEARNED, OWN, TABLES } from './plan.ts';
import { atEqualSeconds, atEqualTrainings } from './sections/comparison.ts';
import { facts, pruningAndSlots } from './sections/ownTable.ts';
import { told } from './sections/people.ts';
import { targets } from './sections/targets.ts';
import { luck, verdicts, winners } from './sections/trust.ts';
import { readLines, rulesOf } from './store.ts';

const DOCUMENT = path.join(PROJECT_ROOT, 'docs', 'benchmarks.md');
const IMAGES = path.join(PROJECT_ROOT, 'docs', 'images');

/** Lines of the story that belong to other rules than this checkout's are left out. */
export async function writeReport(folder: string): Promise<void> {
  const grids = path.join(folder, 'grids');
  const known = new Map(
    await Promise.all(
      (await readdir(grids))
        .filter((name) => name.endsWith('.json'))
        .map(async (file) => [path.parse(file).name, await readGrid(grids, path.parse(file).name)] as const),
    ),
  );
  const rules = await rulesOf();
  const story = await readLines<Line>(path.join(folder, 'story.jsonl'), rules);
  const lines = [...(await readLines<Line>(path.join(folder, 'baselines.jsonl'))), ...story];
  const results = new Results(
    lines.filter(({ grid }) => known.has(grid)),
    known,
  );
  await drawTables(results, TABLES, path.join(IMAGES, 'bench-tables.svg'));
  await drawOwn(results, OWN, path.join(IMAGES, 'bench-own.svg'));
  let text = await readFile(DOCUMENT, 'utf8');
  const sections: Record<string, string> = {
    made: `Made from ${story.length} runs of the story (rules ${rules.alone}; ${rules.advised} with a language model) and ${lines.length - story.length} of what it is compared with.`,
    targets: targets(results, KEPT),
    'tables-trainings': atEqualTrainings(results, TABLES, ['R', 'M']),
    'tables-kept': atEqualTrainings(results, KEPT, ['R', 'M']),
    'tables-seconds': atEqualSeconds(results, TABLES, ['R', 'M']),
    winners: winners(results, TABLES),
    luck: luck(results),
    told: told(results),
    learned: atEqualTrainings(results, LEARNED, ['R', 'M']),
    'learned-seconds': atEqualSeconds(results, LEARNED, ['R', 'M']),
    own: atEqualTrainings(results, [OWN], ['M']),
    'own-seconds': atEqualSeconds(results, [OWN], ['M']),
    'own-facts': await facts(),
    'own-verdicts': verdicts(results),
    'own-pruning': pruningAndSlots(results),
  };
  for (const [name, section] of Object.entries(sections)) text = between(text, name, section);
  await writeFile(DOCUMENT, text);
  process.stdout.write(`${path.relative(PROJECT_ROOT, DOCUMENT)} is written: ${sections['made']}\n`);
}

/** @throws Error when the document has no such place. */
function between(text: string, name: string, section: string): string {
  const [begin, end] = [`<!-- advice:${name} -->`, `<!-- /advice:${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no place for ${name} (${begin} … ${end})`);
  return `${text.slice(0, from)}${begin}\n${section}\n${text.slice(to)}`;
}
