/** Reading the layers of a configuration: files, environment, `--set`; each value with the place it comes from. */
import { readFileSync } from 'node:fs';
import { LineCounter, isMap, isScalar, parse, parseDocument } from 'yaml';
import type { Document, Pair, Scalar, YAMLMap } from 'yaml';
import { said } from '../domain/said.ts';
import type { TuningConfig } from '../domain/settings.ts';

export const SECTIONS = ['DEFAULT_CONFIG', 'TUNABLE_KEYS', 'AGENT_SETTINGS'] as const;
export type Section = (typeof SECTIONS)[number];

/**
 * A value and the words that say where it was written: `config/default.yaml:12`, `--set`, `environment TUNING_SEED`.
 */
export interface Placed {
  value: unknown;
  origin: string;
}

/** One source of settings. TUNABLE_KEYS is one value: a later layer replaces it whole. */
export interface Layer {
  DEFAULT_CONFIG: Map<string, Placed>;
  AGENT_SETTINGS: Map<string, Placed>;
  TUNABLE_KEYS: Placed | null;
  /** Lines of the single keys in TUNABLE_KEYS, for messages. */
  tunableOrigins: Map<string, string>;
  problems: string[];
  unknownSections: { name: string; origin: string }[];
}

/** Above what any configuration has; a file of nested aliases would fill the memory. */
const MOST_ALIASES = 20;

export function emptyLayer(): Layer {
  return {
    DEFAULT_CONFIG: new Map(),
    AGENT_SETTINGS: new Map(),
    TUNABLE_KEYS: null,
    tunableOrigins: new Map(),
    problems: [],
    unknownSections: [],
  };
}

/**
 * Reads a YAML file.
 *
 * @param label - How messages name the file.
 */
export function fileLayer(file: string, label: string): Layer {
  const layer = emptyLayer();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    layer.problems.push(
      `${label}: ${code === 'ENOENT' ? said`there is no such file` : said`cannot be read (${code})`}`,
    );
    return layer;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => `${label}:${lines.linePos(offset).line}`;
  for (const error of document.errors) layer.problems.push(said`${at(error.pos[0])}: not valid YAML: ${error.message}`);
  if (layer.problems.length > 0) return layer;
  try {
    readSections(document, layer, at, label);
  } catch (error) {
    // Aliases are resolved only now; one without an anchor, or far too many, are errors of the file.
    if (!(error instanceof ReferenceError)) throw error;
    layer.problems.push(said`${label}: not valid YAML: ${error.message}`);
  }
  return layer;
}

function readSections(document: Document.Parsed, layer: Layer, at: (offset: number) => string, label: string): void {
  if (document.contents === null) return;
  if (!isMap(document.contents)) {
    layer.problems.push(said`${label}: must hold the sections ${SECTIONS.join(', ')}`);
    return;
  }
  for (const pair of (document.contents as YAMLMap).items) {
    const { name, origin } = keyOf(pair, at);
    const plain = () => toPlain(pair, document);
    if (name === 'TUNABLE_KEYS') {
      layer.TUNABLE_KEYS = { value: plain(), origin };
      if (isMap(pair.value))
        for (const inner of pair.value.items) layer.tunableOrigins.set(keyOf(inner, at).name, keyOf(inner, at).origin);
    } else if (name === 'DEFAULT_CONFIG' || name === 'AGENT_SETTINGS') {
      if (isMap(pair.value)) {
        for (const inner of pair.value.items) {
          const key = keyOf(inner, at);
          layer[name].set(key.name, { value: toPlain(inner, document), origin: key.origin });
        }
      } else if (!(isScalar(pair.value) && pair.value.value === null))
        layer.problems.push(said`${origin}: ${name} must be a section of keys`);
    } else layer.unknownSections.push({ name, origin });
  }
}

function keyOf(pair: Pair, at: (offset: number) => string): { name: string; origin: string } {
  const key = pair.key as Scalar;
  return { name: String(isScalar(key) ? key.value : key), origin: at(key.range?.[0] ?? 0) };
}

function toPlain(pair: Pair, document: Document.Parsed): unknown {
  const node = pair.value as { toJS?: (document: Document, options: { maxAliasCount: number }) => unknown } | null;
  return node?.toJS ? node.toJS(document, { maxAliasCount: MOST_ALIASES }) : null;
}

/** A configuration that was resolved before, as the lowest layer. */
export function resolvedLayer(config: TuningConfig, origin: string): Layer {
  const placed = (section: object) =>
    new Map(Object.entries(section).map(([key, value]) => [key, { value: value as unknown, origin }]));
  return {
    ...emptyLayer(),
    DEFAULT_CONFIG: placed(config.DEFAULT_CONFIG),
    AGENT_SETTINGS: placed(config.AGENT_SETTINGS),
    TUNABLE_KEYS: { value: config.TUNABLE_KEYS, origin },
  };
}

export type KeyHome = (key: string) => Section | null;

/** `KEY=VALUE` pairs of the command line; values are written as in YAML (`1e-5`, `null`, `[0, 5]`). */
export function setLayer(
  assignments: readonly string[],
  homeOf: KeyHome,
  unknown: (key: string, origin: string) => string,
): Layer {
  const layer = emptyLayer();
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    const key = assignment.slice(0, equals).trim();
    if (equals < 1)
      layer.problems.push(said`--set ${assignment}: must be KEY=VALUE, for example --set LEARNING_RATE=1e-5`);
    else place(layer, key, assignment.slice(equals + 1), '--set', homeOf, unknown);
  }
  return layer;
}

function place(
  layer: Layer,
  key: string,
  text: string,
  origin: string,
  homeOf: KeyHome,
  unknown: (key: string, origin: string) => string,
): void {
  const section = homeOf(key);
  if (!section) {
    layer.problems.push(unknown(key, origin));
    return;
  }
  let value: unknown;
  try {
    value = parse(text, { logLevel: 'silent', maxAliasCount: MOST_ALIASES });
  } catch {
    value = text;
  }
  if (section === 'TUNABLE_KEYS') layer.TUNABLE_KEYS = { value, origin };
  else layer[section].set(key, { value, origin });
}

/** Variables TUNING_<KEY>. Others that start with TUNING_ belong to the set-up and the trainer and are left alone. */
export function environmentLayer(environment: NodeJS.ProcessEnv, homeOf: KeyHome): Layer {
  const layer = emptyLayer();
  for (const [name, value] of Object.entries(environment)) {
    const key = name.startsWith('TUNING_') ? name.slice('TUNING_'.length) : null;
    if (key && value !== undefined && homeOf(key))
      place(layer, key, value, said`environment ${name}`, homeOf, () => '');
  }
  return layer;
}
