/** Which version of the product something runs: what its processes were made from. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { said } from '../domain/said.ts';
import { IS_PACKAGE, PROJECT_ROOT } from '../projectRoot.ts';

/**
 * What servers, workers and trainer are made from. Commands (src/client) run from the checkout anew each time, prompts
 * and configuration are read when they are used, and tests and documents run nowhere: a change of these restarts nothing.
 */
const SOURCES = [
  'src',
  'trainer/src',
  'package-lock.json',
  'trainer/requirements.lock',
  'trainer/requirements-torch.txt',
];
const WITHOUT_EFFECT = `src${path.sep}client${path.sep}`;

export const versionSchema = z.object({ release: z.string(), digest: z.string() });
/** `release` as in package.json; `digest`: 8 hexadecimal digits over the sources, equal when these are. */
export type Version = z.infer<typeof versionSchema>;

/** Of a stack whose release did not write it down. */
export const VERSION_UNKNOWN: Version = { release: said`0.2.0 or earlier`, digest: '' };

/** `0.3.0 (a1b2c3d4)`. */
export const versionWords = ({ release, digest }: Version): string => (digest ? `${release} (${digest})` : release);

/** The version of a checkout as its files are now. */
export async function versionOf(checkout: string = PROJECT_ROOT): Promise<Version> {
  const { version } = JSON.parse(await readFile(path.join(checkout, 'package.json'), 'utf8')) as { version: string };
  const sources = await digestOf(checkout, SOURCES, (file) => !file.startsWith(WITHOUT_EFFECT));
  return { release: version, digest: createHash('sha256').update(`${version}\n${sources}`).digest('hex').slice(0, 8) };
}

/** Of a package also what it was built to; `src/dashboard/page` is read when it is asked for. */
const SOURCE_FILE = IS_PACKAGE ? /\.(js|mjs|py)$/ : /\.(ts|mjs|py)$/;

/**
 * SHA-256 over files, and over the sources in folders, as hex.
 *
 * @param sources - Files and folders, relative to `root`.
 * @param counts - Whether a file below a folder counts; gets its path relative to `root`.
 */
export async function digestOf(
  root: string,
  sources: readonly string[],
  counts: (file: string) => boolean = () => true,
): Promise<string> {
  const files = (await Promise.all(sources.map((source) => filesOf(root, source)))).flat().filter(counts);
  // Every command asks for it: one after the other, hundreds of small files take ten times as long on a busy machine.
  const contents = await Promise.all(files.map((file) => readFile(path.join(root, file))));
  const hash = createHash('sha256');
  for (const [index, file] of files.entries())
    hash.update(`${file.replaceAll(path.sep, '/')}\n`).update(contents[index]!);
  return hash.digest('hex');
}

async function filesOf(root: string, source: string): Promise<string[]> {
  if (path.extname(source)) return [path.normalize(source)];
  const names = await readdir(path.join(root, source), { recursive: true });
  return names
    .filter((name) => SOURCE_FILE.test(name))
    .sort()
    .map((name) => path.join(source, name));
}
