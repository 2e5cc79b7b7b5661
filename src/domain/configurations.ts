/** The configurations of a run: what some values make of DEFAULT_CONFIG, and whether that was measured. */
import { REMEDY_KEYS, asLearnt, isOfRemedy, withoutRemedy } from './remedies.ts';
import type { RunState } from './runState.ts';
import { competes, incumbentOf } from './runTrials.ts';
import { tunableValues } from './searchSpace.ts';
import type { TuningConfig } from './settings.ts';
import { factsOf } from './slots.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { canonicalJson, trialId } from './trialIdentity.ts';
import type { Trial, Values } from './trials.ts';

/** Tunable values to build the next configuration on: the incumbent's, or the defaults before there is one. */
export function currentValues(state: RunState): Values {
  return incumbentOf(state)?.values ?? tunableValues(state.config.DEFAULT_CONFIG, state.config.TUNABLE_KEYS);
}

/**
 * The whole configuration for some tunable values: everything else comes from DEFAULT_CONFIG, whatever an adviser says.
 *
 * @param share - Share of the training rows, below 1; absent: all.
 */
export function configFor(
  state: RunState,
  values: Values,
  seed = state.config.DEFAULT_CONFIG.SEED,
  share?: number,
): TrainingConfig {
  return {
    ...state.config.DEFAULT_CONFIG,
    ...allowedOf(state.config, values),
    SEED: seed,
    ...(share === undefined ? {} : { TRAIN_SHARE: share }),
  } as TrainingConfig;
}

/** Of some values those that a training takes: of tunable keys, and those that a remedy changes. */
function allowedOf({ TUNABLE_KEYS }: TuningConfig, values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([key]) => Object.hasOwn(TUNABLE_KEYS, key) || isOfRemedy(key, values)),
  );
}

const knownNames = new WeakMap<TuningConfig, WeakMap<Values, string>>();

/**
 * Equal for values that make the same configuration, whatever the seed. Rules compare each with each, so it is made once
 * for an object; values are replaced, never changed.
 */
export function configurationOf({ config }: Pick<RunState, 'config'>, values: Values): string {
  const names = knownNames.get(config) ?? new WeakMap<Values, string>();
  knownNames.set(config, names);
  const known = names.get(values);
  if (known !== undefined) return known;
  const defaults = config.DEFAULT_CONFIG as unknown as Values;
  const keys = [...REMEDY_KEYS, ...Object.keys(config.TUNABLE_KEYS)];
  const usual = Object.fromEntries(keys.map((key) => [key, defaults[key]!]));
  const name = canonicalJson(asLearnt({ ...usual, ...allowedOf(config, values) }));
  names.set(values, name);
  return name;
}

/** The trial that measured these values with the run's seed, finished or failed; null when none did. */
export function measured(state: RunState, values: Values): Trial | null {
  const wanted = configurationOf(state, values);
  return state.trials.find((trial) => competes(trial) && triedBy(state, trial).includes(wanted)) ?? null;
}

/** The same at any time, of those that a long run has put away too: these are known by their ids. */
export const wasMeasured = (state: RunState, values: Values): boolean =>
  measured(state, values) !== null ||
  (state.archived.ids.length > 0 && state.archived.ids.includes(trialId(configFor(state, values), factsOf(state))));

/** What a trial was trained with, also before remedies: whole configurations, as `measured` compares them. */
export const triedBy = (state: RunState, { values, remedies }: Trial): string[] =>
  [values, ...remedies.map((remedy) => withoutRemedy(values, remedy))].map((tried) => configurationOf(state, tried));

/** `measured` for one question after another: each trial is looked at once, however many values are asked for. */
export function allMeasured(state: RunState): (values: Values) => Trial | null {
  const first = new Map<string, Trial>();
  for (const trial of state.trials.filter(competes))
    for (const tried of triedBy(state, trial)) if (!first.has(tried)) first.set(tried, trial);
  return (values) => first.get(configurationOf(state, values)) ?? null;
}
