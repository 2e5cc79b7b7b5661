/**
 * What completion looks up on the disk. No server is asked and no configuration resolved: the answer has to be there while a
 * person holds the key down. What cannot be read is not offered.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../projectRoot.ts';
import { language } from '../../words/catalogue.ts';
import type { Known, Setting } from './candidates.ts';

/** Of JSON Schema, what config/schema.json uses. */
interface Schema {
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  type?: string | string[];
  description?: string;
}

const inProject = (...parts: string[]): string => path.join(PROJECT_ROOT, ...parts);

function readJson<Shape>(file: string): Shape | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Shape;
  } catch {
    return null;
  }
}

/** OUTPUT_DIR_ROOT as the environment or config/default.yaml has it. */
function outputRoot(environment: NodeJS.ProcessEnv): string {
  const named = environment['TUNING_OUTPUT_DIR_ROOT'];
  if (named) return path.resolve(PROJECT_ROOT, named);
  const defaults = inProject('config', 'default.yaml');
  const text = existsSync(defaults) ? readFileSync(defaults, 'utf8') : '';
  const [, written] = /^\s+OUTPUT_DIR_ROOT:\s*(?:"([^"]*)"|'([^']*)'|([^\s#]+))/m.exec(text) ?? [];
  return inProject(written ?? 'models');
}

/** Folders that a run made; the newest first. */
function runsIn(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /-\d{8}-\d{6}$/.test(entry.name))
    .map(({ name }) => name)
    .sort((a, b) => b.slice(-15).localeCompare(a.slice(-15)));
}

/** Values where they are few: names, yes and no, and the words beside a number. */
function valuesOf({ anyOf, enum: names, const: only, type }: Schema): string[] {
  if (anyOf) return anyOf.flatMap(valuesOf);
  if (names) return names.map(String);
  if (only !== undefined) return [String(only)];
  if (type === 'boolean') return ['true', 'false'];
  return type === 'null' || (Array.isArray(type) && type.includes('null')) ? ['null'] : [];
}

/** Descriptions are `English / 中文`. */
function aboutOf({ description = '' }: Schema): string {
  const [english = '', chinese] = description.split(' / ');
  return language() === 'zh' ? (chinese ?? english) : english;
}

function settingsOf(...sections: string[]): Setting[] {
  const schema = readJson<Schema>(inProject('config', 'schema.json'));
  return sections.flatMap((section) =>
    Object.entries(schema?.properties?.[section]?.properties ?? {}).map(([key, of]) => ({
      key,
      about: aboutOf(of),
      values: valuesOf(of),
    })),
  );
}

interface Space {
  choices?: (string | number)[];
}

/** Keys that are tuned in a run, with their choices, from its record. */
function tunedIn(root: string, run: string): Setting[] | null {
  const record = readJson<{ state?: { config?: { TUNABLE_KEYS?: Record<string, Space> } } }>(
    path.join(root, run, 'run.json'),
  );
  const spaces = record?.state?.config?.TUNABLE_KEYS;
  if (!spaces || Array.isArray(spaces)) return null;
  return Object.entries(spaces).map(([key, { choices = [] }]) => ({ key, about: '', values: choices.map(String) }));
}

export function knownHere(environment: NodeJS.ProcessEnv): Known {
  const root = outputRoot(environment);
  return {
    scripts: () => Object.keys(readJson<{ scripts: object }>(inProject('package.json'))?.scripts ?? {}),
    runs: () => runsIn(root),
    settings: () => settingsOf('DEFAULT_CONFIG', 'AGENT_SETTINGS'),
    keysOf: (run) =>
      tunedIn(root, runsIn(root).find((name) => name.startsWith(run)) ?? run) ?? settingsOf('DEFAULT_CONFIG'),
  };
}
