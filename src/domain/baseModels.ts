/** Several base models in one run: BASE_MODEL among the tuned keys. */
import { formatsOf } from './formats.ts';
import type { RunState } from './runState.ts';
import { incumbentOf } from './runTrials.ts';
import { said } from './said.ts';
import type { TuningConfig } from './settings.ts';
import type { Hint } from './study.ts';
import type { InspectedModel } from './trainerFacts.ts';
import type { Reason } from './trials.ts';

/** The models that a run may train, the default's first; it alone where BASE_MODEL is not tuned. */
export function baseModelsOf({
  DEFAULT_CONFIG,
  TUNABLE_KEYS,
}: Pick<TuningConfig, 'DEFAULT_CONFIG' | 'TUNABLE_KEYS'>): string[] {
  const choices = TUNABLE_KEYS['BASE_MODEL']?.choices ?? [];
  return [...new Set([DEFAULT_CONFIG.BASE_MODEL, ...choices.map(String)])];
}

/**
 * The model that winner and default must beat without any training: of all that the run may train, the one with the highest
 * dev score as it came. Against the default's own model a winner on a better base would be praised for the base.
 */
export function untouchedRival({ config, untouchedModels }: Pick<RunState, 'config' | 'untouchedModels'>): string {
  const [first, ...others] = baseModelsOf(config);
  const scoreOf = (name: string) => untouchedModels[name]?.score ?? -Infinity;
  return others.reduce((best, name) => (scoreOf(name) > scoreOf(best) ? name : best), first!);
}

/** Dev score of that model as it came. */
export const untouchedScore = (state: Pick<RunState, 'config' | 'untouchedModels' | 'untouched'>): number | null =>
  state.untouchedModels[untouchedRival(state)]?.score ?? state.untouched;

/** Its name where the run has several; null where there is no other to take it for. */
export const rivalName = (state: Pick<RunState, 'config' | 'untouchedModels'>): string | null =>
  Object.keys(state.untouchedModels).length > 1 ? untouchedRival(state) : null;

/** `untouched model`, with that name: `untouched model intfloat/e5-small`. */
export function rivalWords(name: string | null): Reason {
  const of = name === null ? '' : ` ${name}`;
  return { zh: `原模型${of}`, en: `untouched model${of}` };
}

/**
 * What a verdict over the default does not say: whether the winner's training, or its base model alone, made the difference.
 * Null where the winner has the default's base, or is clearly above the best model as it came.
 */
export function meritOfBase(state: RunState): string | null {
  const { confirmation, config } = state;
  const winner = incumbentOf(state)?.values['BASE_MODEL'];
  const over = confirmation?.overUntouched;
  if (!over || winner === undefined || winner === config.DEFAULT_CONFIG.BASE_MODEL || over.low > 0) return null;
  const { formatDelta, formatDeltaEnds } = formatsOf(state);
  return said`the winner has another base model than the default, ${winner}, and that its training adds to a base model is not shown: over ${confirmation.untouchedModel} as it came it is ${formatDelta(over.mean)} (95 %: ${formatDeltaEnds(over).join(' to ')}) on held-out data`;
}

/**
 * What the untouched scores suggest: another model that is better as it came is tried early, as an ordinary training. They
 * are prior knowledge alone, since the better model before a training need not be the better one after it.
 */
export function hintsOfModels(state: RunState): Hint[] {
  const best = untouchedRival(state);
  const { BASE_MODEL } = state.config.DEFAULT_CONFIG;
  if (best === BASE_MODEL) return [];
  const { formatScore } = formatsOf(state);
  const source = said`untouched, it scores ${formatScore(state.untouchedModels[best]!.score)} on the dev split, ${BASE_MODEL} ${formatScore(state.untouched)}`;
  return [{ change: { BASE_MODEL: best }, by: 'search', source }];
}

/** What is known of a model before it is trained, in a line of English. */
export function modelWords({ name, dimension, tokens, parameters, bytes, licence }: InspectedModel): string {
  const known = [
    said`${(parameters / 1e6).toFixed(1)} million parameters`,
    `${(bytes / 1e6).toFixed(0)} MB`,
    dimension === null ? null : said`${dimension} dimensions`,
    tokens === null ? null : said`${tokens} tokens at most`,
    licence === null ? null : said`licence ${licence}`,
  ];
  return `${name}: ${known.filter(Boolean).join(', ')}`;
}
