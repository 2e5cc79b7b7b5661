/** The page's own files, and the libraries that it draws with, straight from their packages: nothing is bundled. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Context } from 'hono';
import { SOURCE_ROOT } from '../projectRoot.ts';

const PAGE = path.join(SOURCE_ROOT, 'dashboard', 'page');
const LIBRARIES: Record<string, string> = {
  'uplot.js': 'uplot/dist/uPlot.esm.js',
  'uplot.min.css': 'uplot/dist/uPlot.min.css',
};
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};
const NAME = /^[\w-]+(\.[\w-]+)*(\/[\w-]+(\.[\w-]+)*)*$/;

/** A file of the page by its path below `src/dashboard/page`, or one of a library. */
export function asset(context: Context, name: string): Promise<Response> {
  const library = Object.hasOwn(LIBRARIES, name) ? LIBRARIES[name] : undefined;
  if (library) return file(context, path.join(packagesOf(library), library));
  // Neither `..` nor anything hidden has such a name.
  return NAME.test(name) ? file(context, path.join(PAGE, name)) : Promise.resolve(context.notFound());
}

export const page = (context: Context): Promise<Response> => file(context, path.join(PAGE, 'index.html'));

/** What the page's words have in common with the commands', at the place where its import leads. */
export const matching = (context: Context): Promise<Response> =>
  file(context, path.join(SOURCE_ROOT, 'words', 'matching.mjs'));

/** The folder of packages that has it: an application may keep ours beside its own. */
function packagesOf(library: string): string {
  const [name] = library.split('/');
  const folders = createRequire(import.meta.url).resolve.paths(name!) ?? [];
  return folders.find((folder) => existsSync(path.join(folder, name!))) ?? '';
}

async function file(context: Context, whole: string): Promise<Response> {
  const type = TYPES[path.extname(whole)];
  const bytes = await readFile(whole).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (bytes === null || !type) return context.notFound();
  return context.body(bytes, 200, { 'content-type': type, 'cache-control': 'no-cache' });
}
