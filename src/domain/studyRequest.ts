/** What the search model is asked, gathered from the state of a run. */
import { poolOf, trainingsLeft } from './pool.ts';
import type { RunState } from './runState.ts';
import { asLearnt, withoutRemedy } from './remedies.ts';
import { incumbentOf, unitOfScores } from './runTrials.ts';
import { tunableValues } from './searchSpace.ts';
import type { SeedScore, StudyRequest, StudyTrial } from './study.ts';
import { canonicalJson } from './trialIdentity.ts';
import { ofSearch } from './trials.ts';
import type { Trial, Values } from './trials.ts';

/** @param keys - Keys that may be changed; null: any. */
export function studyRequest(state: RunState, keys: string[] | null, count: number): StudyRequest {
  const { TUNABLE_KEYS: spaces, DEFAULT_CONFIG, AGENT_SETTINGS } = state.config;
  const incumbent = incumbentOf(state);
  return {
    spaces,
    defaults: tunableValues(DEFAULT_CONFIG, spaces),
    trials: state.trials.filter(ofSearch).map((trial) => studyTrial(trial, spaces)),
    elsewhere: unknownHere(state),
    incumbent: incumbent && asked(incumbent, spaces),
    mode: AGENT_SETTINGS.SEARCH,
    keys,
    probes: state.probes,
    hints: state.hints,
    count,
    left: trainingsLeft(state),
    pool: poolOf(state.config),
    seed: DEFAULT_CONFIG.SEED,
    ...unitOf(state),
    ...(state.archived.trials > 0
      ? {
          archived: {
            outputRoot: DEFAULT_CONFIG.OUTPUT_DIR_ROOT,
            store: DEFAULT_CONFIG.STORE,
            trials: state.archived.trials,
            except: state.trials.map(({ number }) => number),
          },
        }
      : {}),
  };
}

/** Told only where it is not 1. */
function unitOf(state: RunState): Pick<StudyRequest, 'unit'> {
  const unit = unitOfScores(state);
  return unit === 1 ? {} : { unit };
}

/** Seeds of earlier runs that this run has not trained (or taken over) itself. */
function unknownHere({ earlierSeeds, trials }: RunState): SeedScore[] {
  if (earlierSeeds.length === 0) return [];
  const here = new Set(trials.map(seededName));
  return earlierSeeds.filter((score) => !here.has(seededName(score)));
}

/** Equal for trainings of equal values with one seed. */
export const seededName = ({ values, seed }: Pick<SeedScore, 'values' | 'seed'>): string =>
  canonicalJson({ values, seed });

/** A training as the search model sees it. */
export function studyTrial(trial: Trial, spaces: StudyRequest['spaces']): StudyTrial {
  const { result, failure } = trial;
  return {
    values: asked(trial, spaces),
    seed: trial.seed,
    score: result?.score ?? (failure?.kind === 'pruned' ? lastLook(failure.facts) : null),
    pruned: failure?.kind === 'pruned',
    seconds: result ? (result.cpuSeconds ?? result.trainSeconds) : null,
  };
}

/** What was asked for: a remedy changes memory (batches that are accumulated, a loss in parts), not what is learnt. */
function asked({ values, remedies }: Trial, spaces: StudyRequest['spaces']): Values {
  const [first] = remedies;
  const whole = Object.hasOwn(spaces, 'GRAD_ACC_STEPS') || !first ? values : withoutRemedy(values, first);
  return Object.fromEntries(Object.entries(inSpace(whole, spaces)).filter(([key]) => Object.hasOwn(spaces, key)));
}

/** The cached loss goes by the plain one's name where that is the choice that a space has. */
const inSpace = (values: Values, { LOSS: space }: StudyRequest['spaces']): Values =>
  space?.choices?.includes('mnrl') ? asLearnt(values) : values;

function lastLook(facts: Record<string, unknown>): number | null {
  const score = facts['score'];
  return typeof score === 'number' ? score : null;
}
