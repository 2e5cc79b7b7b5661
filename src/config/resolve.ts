/**
 * A run's configuration from its layers: `--set` over environment over `--config` over config/default.yaml.
 *
 * All problems are found at once, each as one line with place, key, value, what is allowed and a suggestion.
 */
import path from 'node:path';
import { z } from 'zod';
import { agentSettingsSchema } from '../domain/agentSettings.ts';
import { impossibleCombinations } from '../domain/combinations.ts';
import { isFree, refuseFree, tunableProblems } from '../domain/freeKeys.ts';
import type { ParameterSpace } from '../domain/parameterSpace.ts';
import { OF_EVERY_TRAINING } from '../domain/relevantKeys.ts';
import { said } from '../domain/said.ts';
import { keyOfTasks, tunableNames, readSpace } from '../domain/searchSpace.ts';
import type { TuningConfig } from '../domain/settings.ts';
import type { Task } from '../domain/tasks.ts';
import { trainingConfigSchema } from '../domain/trainingConfig.ts';
import { allowedWords, notPossible, show } from '../domain/words.ts';
import { PROJECT_ROOT, shownPath } from '../projectRoot.ts';
import { ConfigError } from './configError.ts';
import { SECTIONS, environmentLayer, fileLayer, resolvedLayer, setLayer } from './layers.ts';
import type { Layer, Placed, Section } from './layers.ts';
import { didYouMean, oneLine } from './messages.ts';
import { misplaced, withOwnLayers } from './ownLayers.ts';
import { impossiblePlaces } from './places.ts';

const SHAPES = { DEFAULT_CONFIG: trainingConfigSchema.shape, AGENT_SETTINGS: agentSettingsSchema.shape } as const;
const ALL_KEYS = [...Object.keys(SHAPES.DEFAULT_CONFIG), ...Object.keys(SHAPES.AGENT_SETTINGS), 'TUNABLE_KEYS'];

export interface ConfigSources {
  /** A file merged over the defaults. */
  file?: string;
  /** KEY=VALUE, as after `--set`. */
  set?: readonly string[];
  environment?: NodeJS.ProcessEnv;
  /** The defaults; another file in tests. */
  defaults?: string;
  /** The configuration of a run, and its name, which alone lies below `set`: no file and no environment. */
  of?: { run: string; config: TuningConfig };
}

function homeOf(key: string): Section | null {
  if (key === 'TUNABLE_KEYS') return 'TUNABLE_KEYS';
  if (Object.hasOwn(SHAPES.DEFAULT_CONFIG, key)) return 'DEFAULT_CONFIG';
  return Object.hasOwn(SHAPES.AGENT_SETTINGS, key) ? 'AGENT_SETTINGS' : null;
}

const unknownKey = (key: string, origin: string): string =>
  said`${origin}: ${key} is not a known key${didYouMean(key, ALL_KEYS)}`;

/** The value of a key in the uppermost layer that has it. */
const uppermost = (layers: readonly Layer[], key: string): unknown =>
  layers.findLast((layer) => layer.DEFAULT_CONFIG.has(key))?.DEFAULT_CONFIG.get(key)?.value ?? null;

/** Whether the layers, whichever of them, say that a plug-in is trained: its keys have any name. */
const namePlugin = (layers: readonly Layer[]): boolean =>
  uppermost(layers, 'TRAINER') !== null || uppermost(layers, 'TRAINER_COMMAND') !== null;

/**
 * Resolves a configuration.
 *
 * @throws ConfigError naming every problem.
 */
export function resolveConfig({
  file,
  set = [],
  environment = {},
  defaults = path.join(PROJECT_ROOT, 'config', 'default.yaml'),
  of,
}: ConfigSources = {}): TuningConfig {
  const files = of
    ? [resolvedLayer(of.config, of.run)]
    : [fileLayer(defaults, shownPath(defaults)), ...(file ? [fileLayer(file, shownPath(file))] : [])];
  const from = of ? {} : environment;
  const plugin = namePlugin([...files, environmentLayer(from, homeOf), setLayer(set, homeOf, () => '')]);
  const ofPlugin = (key: string) => homeOf(key) ?? (plugin && refuseFree(key, null) === null ? 'DEFAULT_CONFIG' : null);
  // Other variables that start with TUNING_ are none of its keys.
  const ofFiles = (key: string) => (files.some((layer) => layer.DEFAULT_CONFIG.has(key)) ? ofPlugin(key) : homeOf(key));
  const written = [...files, environmentLayer(from, ofFiles), setLayer(set, ofPlugin, unknownKey)];
  const layers = of ? written : withOwnLayers(written);
  const problems = [
    ...(of ? [] : misplaced(written, plugin)),
    ...layers.flatMap((layer) => [
      ...layer.problems,
      ...layer.unknownSections.map(
        (section) =>
          said`${section.origin}: ${section.name} is not a section${didYouMean(section.name, SECTIONS) || (homeOf(section.name) ? said`; it belongs under ${homeOf(section.name)}` : '')}; allowed: ${SECTIONS.join(', ')}`,
      ),
    ]),
  ];
  const training = readSection(layers, 'DEFAULT_CONFIG', trainingConfigSchema, problems, plugin);
  const settings = readSection(layers, 'AGENT_SETTINGS', agentSettingsSchema, problems);
  const tunable = readTunable(plugin && !of ? layers.slice(1) : layers, problems, {
    plugin,
    task: training.value?.TASK,
  });
  if (training.value && settings.value) {
    const untold = (key: string) => !training.refused.has(key);
    for (const { key, message } of tunableProblems(training.value, tunable).filter((problem) => untold(problem.key)))
      problems.push(`${training.placed.get(key)?.origin ?? 'TUNABLE_KEYS'}: ${message}`);
    const impossible = [
      ...impossibleCombinations(training.value, settings.value, tunable),
      ...impossiblePlaces(training.value),
    ];
    for (const problem of impossible) {
      const origin =
        problem.section === 'TUNABLE_KEYS'
          ? tunableOrigin(tunableLayer(layers)!, problem.key)
          : (problem.section === 'DEFAULT_CONFIG' ? training : settings).placed.get(problem.key)?.origin;
      problems.push(`${origin ?? problem.section}: ${problem.key}: ${problem.message}`);
    }
  }
  if (problems.length > 0 || !training.value || !settings.value) throw new ConfigError(problems.map(oneLine));
  return { DEFAULT_CONFIG: training.value, TUNABLE_KEYS: tunable, AGENT_SETTINGS: settings.value };
}

function readSection<Schema extends typeof trainingConfigSchema | typeof agentSettingsSchema>(
  layers: Layer[],
  section: 'DEFAULT_CONFIG' | 'AGENT_SETTINGS',
  schema: Schema,
  problems: string[],
  plugin = false,
): { value: z.infer<Schema> | null; placed: Map<string, Placed>; refused: Set<string> } {
  const shape: Record<string, z.ZodType> = SHAPES[section];
  const placed = new Map<string, Placed>();
  for (const layer of layers) for (const [key, value] of layer[section]) placed.set(key, value);
  let sound = true;
  const free: Record<string, unknown> = {};
  const refused = new Set<string>();
  for (const [key, { value, origin }] of placed) {
    if (Object.hasOwn(shape, key)) continue;
    if (plugin && isFree(key)) {
      const problem = refuseFree(key, value);
      if (problem) problems.push(`${origin}: ${problem}`);
      if (problem) refused.add(key);
      free[key] = value;
      continue;
    }
    const home = homeOf(key);
    problems.push(home ? said`${origin}: ${key} belongs under ${home}, not ${section}` : unknownKey(key, origin));
    placed.delete(key);
  }
  for (const key of Object.keys(shape)) {
    if (placed.has(key)) continue;
    problems.push(said`${section}.${key} is missing; allowed: ${allowedWords(shape[key]!)}`);
    sound = false;
  }
  const known = [...placed].filter(([key]) => Object.hasOwn(shape, key));
  const parsed = schema.safeParse(Object.fromEntries(known.map(([key, { value }]) => [key, value])));
  if (parsed.success)
    return { value: sound ? { ...(parsed.data as z.infer<Schema>), ...free } : null, placed, refused };
  const told = new Set<string>();
  for (const issue of parsed.error.issues) {
    const key = String(issue.path[0]);
    const where = placed.get(key);
    if (!where || told.has(key)) continue;
    told.add(key);
    const note = plugin && !OF_EVERY_TRAINING.has(key) ? keyOfTasks(key) : '';
    problems.push(`${where.origin}: ${notPossible(key, where.value, issue, shape[key]!)}${note}`);
  }
  return { value: null, placed, refused };
}

const OWN_KEYS_NEEDED = said`TUNABLE_KEYS is missing: an own training lists its own keys with their ranges, since those of config/default.yaml are for the tasks; for example TUNABLE_KEYS: {C: {type: float, min: 0.01, max: 100, scale: log}}`;

const tunableOrigin = (layer: Layer, key: string): string =>
  layer.tunableOrigins.get(key) ?? layer.TUNABLE_KEYS!.origin;

const tunableLayer = (layers: readonly Layer[]): Layer | undefined =>
  layers.findLast((candidate) => candidate.TUNABLE_KEYS !== null);

function readTunable(
  layers: Layer[],
  problems: string[],
  { plugin, task }: { plugin: boolean; task: Task | undefined },
): Record<string, ParameterSpace> {
  const layer = tunableLayer(layers);
  if (!layer) {
    problems.push(plugin ? OWN_KEYS_NEEDED : said`TUNABLE_KEYS is missing; allowed: ${tunableNames().join(', ')}`);
    return {};
  }
  const { value, origin } = layer.TUNABLE_KEYS!;
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((key) => [String(key), null])
    : value !== null && typeof value === 'object'
      ? Object.entries(value)
      : [];
  if (entries.length === 0)
    problems.push(
      said`${origin}: TUNABLE_KEYS = ${show(value)} must list at least one key; allowed: ${plugin ? said`keys of your training` : tunableNames().join(', ')}`,
    );
  const spaces: Record<string, ParameterSpace> = {};
  for (const [key, raw] of entries) {
    const at = tunableOrigin(layer, key);
    if (Object.hasOwn(spaces, key)) problems.push(said`${at}: ${key} is listed twice`);
    const { space, problems: found } = readSpace(key, raw, { hint: didYouMean, plugin, ...(task ? { task } : {}) });
    problems.push(...found.map((problem) => `${at}: ${problem}`));
    if (space) spaces[key] = space;
  }
  return spaces;
}
