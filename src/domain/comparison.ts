/** Two runs held side by side: what differs between them, and whether their scores may be compared. */
import { untouchedScore } from './baseModels.ts';
import type { Confirmation, Published } from './confirmation.ts';
import { isPlugin, metricOf, metricWords } from './metric.ts';
import type { Metric } from './metric.ts';
import type { RunState, RunStatus } from './runState.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { said } from './said.ts';
import { pluginName } from './taskWords.ts';
import type { TrainerFacts } from './trainerFacts.ts';
import { canonicalJson } from './trialIdentity.ts';
import type { Values } from './trials.ts';

/** One run's column. Scores are those of `metric`, higher wins inside (`shownColumn`: as it counts); `seconds` the wall seconds of the trainings that it paid for. */
export interface ComparedRun {
  run: string;
  metric: Metric;
  status: RunStatus;
  /** ISO 8601. */
  started: string;
  model: { name: string; fingerprint: string | null };
  data: { name: string; fingerprint: string | null; rows: { train: number; dev: number; test: number | null } | null };
  adviser: string | null;
  untouched: number | null;
  default: number | null;
  best: { trial: number; score: number; config: Values } | null;
  confirmation: Confirmation | null;
  published: Published | null;
  trainings: { scored: number; failed: number; ofOtherRuns: number };
  seconds: number;
  tokens: number;
  costUsd: number | null;
}

export interface Difference {
  section: string;
  key: string;
  /** Null: the run has no such setting. */
  values: [unknown, unknown];
}

/** `yes`; `with_care`: on the same rows, but something else moves scores too; `no`: of other rows. */
export interface Comparable {
  scores: 'yes' | 'with_care' | 'no';
  reasons: string[];
}

export interface Comparison {
  runs: [ComparedRun, ComparedRun];
  settings: Difference[];
  comparable: Comparable;
}

export function compareStates(a: RunState, b: RunState): Comparison {
  return { runs: [columnOf(a), columnOf(b)], settings: settingsThatDiffer(a, b), comparable: comparableScores(a, b) };
}

function columnOf(state: RunState): ComparedRun {
  const { config, trainer, trials, usage } = state;
  const [baseline, best] = [baselineOf(state), incumbentOf(state)];
  const splits = trainer?.inspection.data.splits;
  return {
    run: state.run,
    metric: metricOf(state),
    status: state.status,
    started: new Date(state.startedAt).toISOString(),
    model: {
      name: isPlugin(config.DEFAULT_CONFIG) ? pluginName(config.DEFAULT_CONFIG) : config.DEFAULT_CONFIG.BASE_MODEL,
      fingerprint: trainer?.inspection.model.fingerprint ?? null,
    },
    data: {
      name: isPlugin(config.DEFAULT_CONFIG)
        ? (trainer?.inspection.data.source ?? '–')
        : config.DEFAULT_CONFIG.DATASET_NAME,
      fingerprint: trainer?.inspection.data.fingerprint ?? null,
      rows: splits ? { train: splits.train.rows, dev: splits.dev.rows, test: splits.test?.rows ?? null } : null,
    },
    adviser: state.adviser && `${state.adviser.kind}: ${state.adviser.model}`,
    untouched: untouchedScore(state),
    default: baseline?.result.score ?? null,
    best: best && { trial: best.number, score: best.result.score, config: best.values },
    confirmation: state.confirmation,
    published: state.published,
    trainings: {
      scored: trials.filter(({ result }) => result !== null).length,
      failed: trials.filter(({ failure }) => failure !== null).length,
      ofOtherRuns: trials.filter(({ result }) => Boolean(result?.from)).length,
    },
    seconds: usage.trainSeconds,
    tokens: usage.promptTokens + usage.completionTokens,
    costUsd: usage.costUsd,
  };
}

/** Where a run is kept changes nothing in it. */
const PLACES: ReadonlySet<string> = new Set(['OUTPUT_DIR_ROOT', 'STORE', 'REPORT_DIR', 'RUN_NAME_PREFIX']);

function settingsThatDiffer(a: RunState, b: RunState): Difference[] {
  return (['DEFAULT_CONFIG', 'TUNABLE_KEYS', 'AGENT_SETTINGS'] as const).flatMap((section) => {
    const [ours, theirs] = [a.config[section], b.config[section]] as Record<string, unknown>[];
    return [...new Set([...Object.keys(ours!), ...Object.keys(theirs!)])]
      .filter((key) => !PLACES.has(key) && canonicalJson(ours![key]) !== canonicalJson(theirs![key]))
      .map((key) => ({ section, key, values: [ours![key] ?? null, theirs![key] ?? null] }) as Difference);
  });
}

function comparableScores(a: RunState, b: RunState): Comparable {
  if (!a.trainer || !b.trainer) {
    const which = [a, b].filter(({ trainer }) => !trainer).map(({ run }) => run);
    return { scores: 'no', reasons: [said`${which.join(' and ')} ended before its data were looked at`] };
  }
  const others = otherRows(a, b, a.trainer, b.trainer);
  if (others.length > 0) return { scores: 'no', reasons: others };
  const moved = whatMoves(a, b, a.trainer, b.trainer);
  return { scores: moved.length > 0 ? 'with_care' : 'yes', reasons: moved };
}

function otherRows(a: RunState, b: RunState, ours: TrainerFacts, theirs: TrainerFacts): string[] {
  const metrics = [a, b].map((state) => metricOf(state));
  if (canonicalJson(metrics[0]) !== canonicalJson(metrics[1]))
    return [
      said`the scores are of different metrics: ${metrics.map((metric) => metricWords(metric).en).join(' and ')}`,
    ];
  if (ours.inspection.data.fingerprint === theirs.inspection.data.fingerprint) return [];
  const names = [ours, theirs].map(({ inspection }, index) => {
    const config = [a, b][index]!.config.DEFAULT_CONFIG;
    // The names of DEFAULT_CONFIG mean nothing to an own training.
    return isPlugin(config)
      ? inspection.data.source
      : [config.DATASET_NAME, config.STSB_TRAIN_SPLIT, config.STSB_DEV_SPLIT, config.STSB_TEST_SPLIT].join(' ');
  });
  const same = names[0] === names[1] ? said` under the same name` : `: ${names.join(' and ')}`;
  return [said`the data are other rows${same}`];
}

/** What besides the tuned settings moves a score on the same rows. */
function whatMoves(a: RunState, b: RunState, ours: TrainerFacts, theirs: TrainerFacts): string[] {
  const [one, other] = [a.config.DEFAULT_CONFIG, b.config.DEFAULT_CONFIG];
  const looksBy = (config: typeof one): unknown =>
    config.EVAL_LOOKS ?? [config.EVAL_STRATEGY, config.EVAL_STRATEGY === 'steps' ? config.EVAL_STEPS : null];
  const versions = [...new Set([...Object.keys(ours.versions), ...Object.keys(theirs.versions)])].filter(
    (name) => ours.versions[name] !== theirs.versions[name],
  );
  const found: [boolean, string][] = [
    [
      ours.inspection.model.fingerprint !== theirs.inspection.model.fingerprint,
      said`another base model: the scores compare the models, not the settings`,
    ],
    [
      canonicalJson(looksBy(one)) !== canonicalJson(looksBy(other)),
      said`a score is the best of another number of looks, and more looks make it higher`,
    ],
    [
      one.SEED !== other.SEED,
      said`another seed (${one.SEED} and ${other.SEED}): scores differ by the noise between seeds`,
    ],
    [one.PRECISION !== other.PRECISION, said`another number format (${one.PRECISION} and ${other.PRECISION})`],
    [
      versions.length > 0,
      said`other versions: ${versions.map((name) => said`${name} ${ours.versions[name] ?? '–'} and ${theirs.versions[name] ?? '–'}`).join(', ')}`,
    ],
    [
      `${ours.device.type} ${ours.device.name} ${ours.threads}` !==
        `${theirs.device.type} ${theirs.device.name} ${theirs.threads}`,
      said`another machine (${[ours, theirs].map(({ device, threads }) => said`${device.type} ${device.name}, ${threads} threads`).join('; ')}): the last digits may differ`,
    ],
  ];
  return found.filter(([differs]) => differs).map(([, reason]) => reason);
}
