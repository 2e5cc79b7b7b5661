/**
 * What a run is started with, checked as a whole: the client is not the only one that starts runs. The Web UI, the
 * `temporal` command, a schedule or a client of another release hand in what they like.
 */
import { z } from 'zod';
import type { AdviserAccess } from './adviserFacts.ts';
import { agentSettingsSchema } from './agentSettings.ts';
import { impossibleCombinations } from './combinations.ts';
import { runNameSchema } from './fields.ts';
import { isFree, refuseFree, tunableProblems } from './freeKeys.ts';
import { isPlugin } from './metric.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { tunableNames, readSpace } from './searchSpace.ts';
import { checkForkedState } from './forkedState.ts';
import type { RunState } from './runState.ts';
import { said } from './said.ts';
import { withAddedSettings } from './settings.ts';
import type { TuningConfig } from './settings.ts';
import { trainingConfigSchema } from './trainingConfig.ts';
import { allowedWords, notPossible, show } from './words.ts';

/** Where a run's key lies, never the key. */
const accessSchema = z.strictObject({ ref: z.string().max(100).nullable(), origin: z.string().max(100) }).optional();

/** A run's name, its whole configuration, and whether the server knows our search attributes (default: no). */
export interface CheckedStart {
  run: string;
  config: TuningConfig;
  searchAttributes: boolean;
  /** Where the run's key for the adviser lies; without it, and in runs of 0.2.0: the workers' own environment. */
  adviserAccess?: AdviserAccess;
  /** What a run that goes on from another one begins with, as `fork` makes it. */
  state?: RunState;
}

type Mapping = Record<string, unknown>;
const SECTIONS = ['DEFAULT_CONFIG', 'TUNABLE_KEYS', 'AGENT_SETTINGS'];
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The input to run with, or everything that is wrong with it, a line each with key, value and what is allowed. */
export function checkStart(
  input: unknown,
): { start: CheckedStart; problems: [] } | { start: null; problems: string[] } {
  if (!isMapping(input))
    return refused([said`the input = ${show(input)} must be an object {run, config, searchAttributes}`]);
  const { run, config, searchAttributes = false, adviserAccess, state, ...others } = input;
  const name = runNameSchema.safeParse(run);
  const access = accessSchema.safeParse(adviserAccess);
  const problems = [
    ...unknownKeys(others, '', ['run', 'config', 'searchAttributes', 'adviserAccess', 'state']),
    ...(name.error?.issues ?? []).map((issue) => notPossible('run', run, issue, runNameSchema)),
    ...(typeof searchAttributes === 'boolean'
      ? []
      : [said`searchAttributes = ${show(searchAttributes)} is not possible; allowed: true or false`]),
    ...(access.success ? [] : [said`adviserAccess is not possible; allowed: {ref, origin}, as start-run writes it`]),
  ];
  const { value, problems: inConfig } = checkConfig(config);
  problems.push(...inConfig);
  if (problems.length > 0 || !name.success || !value) return refused(problems);
  const forked = state === undefined ? null : checkForkedState(state, name.data, value);
  if (forked?.problems.length) return refused(forked.problems);
  const start = { run: name.data, config: value, searchAttributes: searchAttributes === true };
  return {
    start: {
      ...start,
      ...(access.data ? { adviserAccess: access.data } : {}),
      ...(forked?.state ? { state: forked.state } : {}),
    },
    problems: [],
  };
}

const refused = (problems: string[]): { start: null; problems: string[] } => ({ start: null, problems });

function checkConfig(config: unknown): { value: TuningConfig | null; problems: string[] } {
  if (!isMapping(config) || !SECTIONS.every((section) => isMapping(config[section])))
    return { value: null, problems: [said`config = ${show(config)} must have the sections ${SECTIONS.join(', ')}`] };
  const { DEFAULT_CONFIG, TUNABLE_KEYS, AGENT_SETTINGS, ...others } = withAddedSettings(
    config as unknown as TuningConfig,
  );
  const plugin = isPlugin(DEFAULT_CONFIG);
  const free = plugin ? Object.keys(DEFAULT_CONFIG).filter(isFree) : [];
  const values = DEFAULT_CONFIG as unknown as Mapping;
  const problems = [
    ...unknownKeys(others, 'config.', SECTIONS),
    ...sectionProblems('DEFAULT_CONFIG', trainingConfigSchema, without(DEFAULT_CONFIG, free)),
    ...free.flatMap((key) => refuseFree(key, values[key]) ?? []).map((problem) => `DEFAULT_CONFIG.${problem}`),
    ...sectionProblems('AGENT_SETTINGS', agentSettingsSchema, AGENT_SETTINGS),
  ];
  const sound = problems.length === 0;
  const spaces: Record<string, ParameterSpace> = {};
  for (const [key, raw] of Object.entries(TUNABLE_KEYS)) {
    const read = readSpace(key, raw, { plugin, ...(sound && !plugin ? { task: DEFAULT_CONFIG.TASK } : {}) });
    problems.push(...read.problems.map((problem) => `TUNABLE_KEYS.${problem}`));
    if (read.space) spaces[key] = read.space;
  }
  if (sound)
    problems.push(
      ...impossibleCombinations(DEFAULT_CONFIG, AGENT_SETTINGS, spaces).map(
        ({ section, key, message }) => `${section}.${key}: ${message}`,
      ),
    );
  if (problems.length === 0)
    problems.push(...tunableProblems(DEFAULT_CONFIG, spaces).map(({ message }) => `TUNABLE_KEYS: ${message}`));
  if (Object.keys(TUNABLE_KEYS).length === 0)
    problems.push(said`TUNABLE_KEYS must list at least one key; allowed: ${tunableNames().join(', ')}`);
  return { value: { DEFAULT_CONFIG, TUNABLE_KEYS: spaces, AGENT_SETTINGS }, problems };
}

const without = (section: object, keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(section).filter(([key]) => !keys.includes(key)));

function sectionProblems(
  section: string,
  schema: typeof trainingConfigSchema | typeof agentSettingsSchema,
  given: object,
): string[] {
  const shape = schema.shape as Record<string, z.ZodType>;
  const values = given as Mapping;
  const known = Object.keys(shape).filter((key) => Object.hasOwn(values, key));
  const missing = Object.keys(shape).filter((key) => !Object.hasOwn(values, key));
  const problems = [
    ...unknownKeys(
      Object.fromEntries(Object.entries(values).filter(([key]) => !Object.hasOwn(shape, key))),
      `${section}.`,
      Object.keys(shape),
    ),
    ...missing.map((key) => said`${section}.${key} is missing; allowed: ${allowedWords(shape[key]!)}`),
  ];
  const told = new Set(missing);
  const parsed = schema.safeParse(Object.fromEntries(known.map((key) => [key, values[key]])));
  for (const issue of parsed.error?.issues ?? []) {
    const key = String(issue.path[0]);
    if (told.has(key)) continue;
    told.add(key);
    problems.push(`${section}.${notPossible(key, values[key], issue, shape[key]!)}`);
  }
  return problems;
}

const unknownKeys = (others: object, prefix: string, known: readonly string[]): string[] =>
  Object.keys(others).map((key) => said`${prefix}${key.slice(0, 80)} is not a known key; allowed: ${known.join(', ')}`);
