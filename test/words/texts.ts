/** The templates that the sources say: every `t` and `said` template literal, as the catalogue calls it. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { keyOf } from '../../src/words/catalogue.ts';

export interface SaidText {
  file: string;
  key: string;
}

const TAG = /(?<![\w.$`])(?:t|said)`/g;

/** Every template of a source file, also those within another one's places. */
export function textsIn(source: string): string[] {
  return [...source.matchAll(TAG)].map(({ index, 0: tag }) => keyOf(partsFrom(source, index + tag.length)));
}

/** The literal parts of a template literal whose text begins at `start`, as JavaScript reads them. */
function partsFrom(source: string, start: number): string[] {
  const parts: string[] = [];
  let part = '';
  let at = start;
  while (source[at] !== '`') {
    if (source.startsWith('${', at)) {
      parts.push(part);
      part = '';
      at = endOfPlace(source, at + 2);
    } else if (source[at] === '\\') {
      part += JSON.parse(
        `"${source[at + 1] === '`' || source[at + 1] === '$' ? source[at + 1] : source.slice(at, at + 2)}"`,
      );
      at += 2;
    } else part += source[at++];
    if (at > source.length) throw new Error('a template literal has no end');
  }
  return [...parts, part];
}

/** The position after the brace that closes a place. */
function endOfPlace(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (depth > 0) {
    const sign = source[at];
    if (sign === '{') depth++;
    else if (sign === '}') depth--;
    else if (sign === "'" || sign === '"') at = endOfString(source, at);
    else if (sign === '`') at = endOfTemplate(source, at + 1);
    else if (sign === undefined) throw new Error('a place of a template literal has no end');
    at++;
  }
  return at;
}

function endOfString(source: string, start: number): number {
  let at = start + 1;
  while (source[at] !== source[start]) at += source[at] === '\\' ? 2 : 1;
  return at;
}

function endOfTemplate(source: string, start: number): number {
  let at = start;
  while (source[at] !== '`') {
    if (source.startsWith('${', at)) at = endOfPlace(source, at + 2);
    else at += source[at] === '\\' ? 2 : 1;
  }
  return at;
}

/** Every text of the sources below a folder. */
export function textsBelow(folder: string): SaidText[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|mjs)$/.test(name))
    .sort()
    .flatMap((name) => textsIn(readFileSync(path.join(folder, name), 'utf8')).map((key) => ({ file: name, key })));
}
