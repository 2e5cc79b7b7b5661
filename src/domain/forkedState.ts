/**
 * The state of a run that goes on from another one: it holds the trials of that one up to a number, as if it had measured
 * them, and everything else follows from them.
 */
import { z } from 'zod';
import { runNameSchema } from './fields.ts';
import { newRun } from './runState.ts';
import type { Phase, Plan, RunState } from './runState.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { said } from './said.ts';
import { refuseValue, tunableValues } from './searchSpace.ts';
import type { TuningConfig } from './settings.ts';
import type { Noise } from './study.ts';
import { inspected, inspectionSchema, machineSchema } from './trainerFacts.ts';
import type { TrainerFacts } from './trainerFacts.ts';
import { failureKindSchema, isScored } from './trials.ts';
import type { Trial, Values } from './trials.ts';

/** What is taken over; the rest of the state is made from it. */
export interface Inheritance {
  forkedFrom: { run: string; at: number };
  trainer: TrainerFacts;
  /** What the other run had planned; it holds when its rounds had begun. */
  plan: Plan | null;
  trials: Trial[];
  untouched: number | null;
  noise: Noise | null;
}

/** Trainings that come out of the pool. */
const OF_THE_POOL: ReadonlySet<Trial['purpose']> = new Set(['base_config', 'round', 'repeat']);

/** A run that begins with trials of another one. It meets its trainer and its adviser first, as every run does. */
export function inheritingRun(run: string, config: TuningConfig, startedAt: number, from: Inheritance): RunState {
  const { forkedFrom, trials } = from;
  const state = newRun(run, config, startedAt);
  Object.assign(state, {
    forkedFrom,
    trainer: from.trainer,
    trials: trials.map((trial) => withAddedKeys(trial, config)),
    untouched: from.untouched,
    noise: from.noise,
    baseline: trials.find((trial) => trial.purpose === 'baseline' && isScored(trial))?.id ?? null,
    incumbent: trials.findLast((trial) => trial.accepted && isScored(trial))?.id ?? null,
    spent: trials.filter(({ purpose }) => OF_THE_POOL.has(purpose)).length,
    notes: [
      said`this run goes on from trial ${forkedFrom.at} of ${forkedFrom.run}: ${trials.length} trials are that run's, and are not trained again`,
    ],
  } satisfies Partial<RunState>);
  const begun = state.spent > 0 && from.plan !== null;
  return begun ? { ...state, ...planGoingOn(state, from.plan!) } : state;
}

/** Where it goes on once trainer and adviser are there. */
export const resumesAt = ({ plan }: RunState): Phase => (plan ? 'tuning' : 'planning');

/** A key that the other run did not tune had its default in every trial. */
function withAddedKeys(trial: Trial, { DEFAULT_CONFIG, TUNABLE_KEYS }: TuningConfig): Trial {
  return { ...trial, values: { ...tunableValues(DEFAULT_CONFIG, TUNABLE_KEYS), ...trial.values } };
}

/** The plan's keys: those whose rounds are over are fixed, the others wait; the last one stays in hand while it has rounds. */
function planGoingOn(state: RunState, plan: Plan): Partial<RunState> {
  const { TUNABLE_KEYS: spaces, AGENT_SETTINGS: settings, DEFAULT_CONFIG } = state.config;
  const planned = plan.priorityKeys.filter((key) => Object.hasOwn(spaces, key)).slice(0, settings.MAX_PRIORITY_PARAMS);
  const rounds = state.trials.filter(({ purpose, key }) => purpose === 'round' && key !== null);
  const countOf = (key: string) => rounds.filter((trial) => trial.key === key).length;
  const last = rounds.at(-1)?.key;
  const over = planned.filter((key) => countOf(key) > 0 && (key !== last || countOf(key) >= settings.ROUNDS_PER_PARAM));
  const defaults = tunableValues(DEFAULT_CONFIG, spaces);
  const probed = (key: string) => state.trials.some(({ values }) => values[key] !== defaults[key]);
  const best = incumbentOf(state);
  const inTurn = settings.SEARCH === 'by_parameter';
  return {
    plan: { ...plan, priorityKeys: planned },
    probes: planned.filter((key) => !probed(key)),
    queue: inTurn ? planned.filter((key) => !over.includes(key)).sort((a, b) => countOf(b) - countOf(a)) : [],
    fixed: (inTurn ? over : []).map((key) => ({
      key,
      value: (best?.values ?? defaults)[key]!,
      trial: best?.id ?? '',
      rounds: countOf(key),
      why: said`tuned in ${state.forkedFrom!.run}`,
    })),
  };
}

/**
 * Why trials measured with the first facts say nothing under the second; null when they do.
 *
 * @param plugin - Whether the run has an own training: what takes the place of a base model's weights are its files.
 */
export function refuseOtherData(before: TrainerFacts, now: TrainerFacts, { plugin = false } = {}): string | null {
  if (before.inspection.data.fingerprint !== now.inspection.data.fingerprint) return said`the data are not the same`;
  const known = before.inspection.models ?? [];
  const same = known.every(
    ({ name, fingerprint }) => (inspected(now.inspection, name)?.fingerprint ?? fingerprint) === fingerprint,
  );
  if (same && before.inspection.model.fingerprint === now.inspection.model.fingerprint) return null;
  return plugin
    ? said`the training's own files are not the same`
    : said`the weights of the base model are not the same`;
}

/** What of the machine is another one's, which moves the last digits of scores; null when nothing is. */
export function otherMachine(before: TrainerFacts, now: TrainerFacts): string | null {
  const names = [...new Set([...Object.keys(before.versions), ...Object.keys(now.versions)])];
  const versions = names.some((name) => before.versions[name] !== now.versions[name]);
  const device =
    before.device.type !== now.device.type || before.device.name !== now.device.name || before.threads !== now.threads;
  return [...(versions ? [said`versions`] : []), ...(device ? [said`hardware`] : [])].join(' and ') || null;
}

const name = z.string().min(1).max(200);
const text = z.object({ zh: z.string(), en: z.string() });
const valuesSchema = z.record(name, z.union([z.string().max(200), z.number()]));
const trialSchema = z.looseObject({
  id: runNameSchema,
  number: z.int().min(1),
  purpose: z.enum(['baseline', 'noise', 'base_config', 'round', 'repeat']),
  key: name.nullable(),
  round: z.int().nullable(),
  seed: z.int().min(0),
  values: valuesSchema,
  proposedBy: name,
  reason: text.nullable(),
  remedies: z.array(z.object({ kind: failureKindSchema, before: valuesSchema, after: valuesSchema })),
  result: z
    .looseObject({
      score: z.number(),
      steps: z.int(),
      trainSeconds: z.number(),
      modelDigest: name,
      warnings: z.array(z.string()),
    })
    .nullable(),
  failure: z
    .object({ kind: failureKindSchema, message: z.string(), facts: z.record(z.string(), z.unknown()) })
    .nullable(),
  delta: z.number().nullable(),
  accepted: z.boolean(),
});
const inheritanceSchema = z.object({
  run: z.string(),
  forkedFrom: z.object({ run: runNameSchema, at: z.int().min(1) }),
  trainer: machineSchema.extend({ inspection: inspectionSchema, slots: z.int().min(1).optional() }),
  plan: z.object({ baseConfig: valuesSchema, priorityKeys: z.array(name), reason: text, proposedBy: name }).nullable(),
  trials: z.array(trialSchema).min(1).max(2000),
  untouched: z.number().nullable(),
  noise: z.object({ atDefault: z.number(), atBase: z.number(), repeats: z.number() }).nullable(),
});

/**
 * The state that a run is handed at its start. Whatever in it follows from its trials is made again, so that nothing else
 * can be slipped in.
 */
export function checkForkedState(
  raw: unknown,
  run: string,
  config: TuningConfig,
): { state: RunState; problems: [] } | { state: null; problems: string[] } {
  const parsed = inheritanceSchema.safeParse(raw);
  if (!parsed.success)
    return {
      state: null,
      problems: parsed.error.issues
        .slice(0, 10)
        .map(
          ({ path, message }) =>
            said`${['state', ...path].map(String).join('.')} is not possible: ${message}; allowed: as \`fork\` makes it`,
        ),
    };
  if (parsed.data.run !== run)
    return { state: null, problems: [said`state.run is not ${run}: it is another run's state`] };
  const state = inheritingRun(run, config, 0, parsed.data as unknown as Inheritance);
  const problems = refuseTrials(state);
  return problems.length > 0 ? { state: null, problems } : { state, problems: [] };
}

/** What keeps trials from being a run's own: a value that its space does not have, or nothing to go on from. */
export function refuseTrials(state: RunState): string[] {
  const { TUNABLE_KEYS: spaces, DEFAULT_CONFIG } = state.config;
  const problems: string[] = [];
  if (!baselineOf(state)) problems.push(said`the default has no score among the trials that are taken over`);
  // A remedy for memory may have changed what is not tunable, in a trial and in those that were built on it.
  const mended = new Set(state.trials.flatMap(({ remedies }) => remedies.flatMap(({ after }) => Object.keys(after))));
  const own = DEFAULT_CONFIG as unknown as Values;
  for (const trial of state.trials) problems.push(...foreignValues(trial, spaces, own, mended));
  return [...new Set(problems)];
}

function foreignValues(
  trial: Trial,
  spaces: TuningConfig['TUNABLE_KEYS'],
  defaults: Values,
  mended: ReadonlySet<string>,
): string[] {
  return Object.entries(trial.values).flatMap(([key, value]) => {
    if (defaults[key] === value || mended.has(key)) return [];
    const space = spaces[key];
    const problem = space
      ? refuseValue(key, value, space)
      : said`${key} = ${value} is not the default, and TUNABLE_KEYS has no ${key}`;
    return problem ? [said`TUNABLE_KEYS does not fit trial ${trial.number}: ${problem}`] : [];
  });
}
