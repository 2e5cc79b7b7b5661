/** Which model a run gives its user: never one that the evidence calls worse than the default or the untouched model. */
import type { AgentSettings } from './agentSettings.ts';
import { configurationOf } from './configurations.ts';
import type { Confirmation, Published } from './confirmation.ts';
import { formatsOf } from './formats.ts';
import type { ScoreFormats } from './formats.ts';
import { refuseScore } from './constraints.ts';
import { rivalName, rivalWords, untouchedScore } from './baseModels.ts';
import type { RunState } from './runState.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { inBoth } from './suggestions.ts';
import { taskWords } from './taskWords.ts';
import type { Reason, ScoredTrial, Trial, Values } from './trials.ts';
import { isScored } from './trials.ts';

type What = Published['what'];
/** Scores on one split; null: not measured, or no such model. */
export type Scores = Record<What, number | null>;

/** What a publication is decided by. */
export interface Evidence {
  rule: AgentSettings['PUBLISH'];
  /** What the search ended with; `baseline`: the default itself. */
  winner: 'best' | 'baseline';
  /** Means over seeds. `verdict`: winner against default, or against the untouched model where no default was trained. */
  heldOut: (Scores & { verdict: Confirmation['verdict'] }) | null;
  dev: Scores;
  /** What is not given to anybody: it broke a constraint, or nothing tells that it holds them. */
  barred: readonly What[];
}

/** How scores are written, and what they are of. */
export interface ScoreWords {
  formats: ScoreFormats;
  units: string;
  /** The untouched model's name where there are several. */
  model?: string | null;
}

/**
 * The winner when it is confirmed; else the better one of default and untouched model. Confirmed: held-out data call it
 * better, it is not below the untouched model, and it held every constraint with fresh seeds, too. Without held-out scores
 * the dev scores decide, since the winner passed the ship rule on them. PUBLISH: best publishes the winner whatever held-out
 * data say. What is barred is neither published nor a rival; where everything is, the winner's own training held them.
 */
export function decide({ rule, winner, heldOut, dev, barred }: Evidence, words: ScoreWords): Published {
  const scores = heldOut ?? dev;
  const split = heldOut ? HELD_OUT : DEV;
  const isBarred = (what: What) => barred.includes(what);
  const compared = [...barred.map((what) => BARRED[what]), comparison(scores, winner, split, words)];
  const published = (what: What, why: Reason): Published => ({
    what,
    why: compared.reduce((first, next) => joined(next, first), why),
  });
  if (rule === 'best') return published(winner, INSISTED);
  const open = {
    ...scores,
    baseline: isBarred('baseline') ? null : scores.baseline,
    untouched: isBarred('untouched') ? null : scores.untouched,
  };
  const rivals = [open.baseline, open.untouched].filter((score) => score !== null);
  if (rivals.length === 0) return published(winner, barred.length > 0 ? NO_OTHER : ALONE);
  if (winner === 'baseline') return published(betterRival(open), DEFAULT_WON);
  if (isBarred('best')) return published(betterRival(open), INADMISSIBLE);
  const below = rivals.some((score) => scores.best !== null && scores.best < score);
  // A verdict over a default that is no rival says nothing of those that are left.
  const judged = heldOut && !isBarred('baseline');
  const doubt = judged && heldOut.verdict !== 'better' ? UNCONFIRMED[heldOut.verdict ?? 'not_distinguishable'] : null;
  if (doubt || below) return published(betterRival(open), doubt ?? (open.untouched === null ? BELOW_DEFAULT : BELOW));
  return published('best', judged ? CONFIRMED : heldOut ? NOT_BELOW : NO_HELD_OUT);
}

/** The same for a run whose search is over, and whose confirmation is done, failed or had no rows. */
export function decidePublished(state: RunState): Published {
  return decide(evidenceOf(state), {
    formats: formatsOf(state),
    units: taskWords(state).units.en,
    model: rivalName(state),
  });
}

/** The trial whose model is published; null for the untouched model, and when no training succeeded. */
export function publishedTrial(state: RunState): ScoredTrial | null {
  if (state.published?.what === 'untouched') return null;
  return state.published?.what === 'baseline' ? baselineOf(state) : incumbentOf(state);
}

function evidenceOf(state: RunState): Evidence {
  const { confirmation } = state;
  const [best, baseline] = [incumbentOf(state), baselineOf(state)];
  const winner = best && best.id === baseline?.id ? 'baseline' : 'best';
  const ofWinner = (score: number | null) => (winner === 'best' ? score : null);
  return {
    rule: state.config.AGENT_SETTINGS.PUBLISH,
    winner,
    heldOut: confirmation && {
      verdict: confirmation.verdict,
      best: ofWinner(confirmation.best),
      baseline: baseline && confirmation.baseline,
      untouched: confirmation.untouched ?? null,
    },
    dev: {
      best: ofWinner(best && meanScore(state, best.values)),
      baseline: baseline && meanScore(state, baseline.values),
      untouched: untouchedScore(state),
    },
    barred: barredIn(state),
  };
}

/** Trainings of a configuration with fresh seeds that broke a constraint. */
export const brokenAfresh = (state: RunState, values: Values): Trial[] => {
  const wanted = configurationOf(state, values);
  return state.trials.filter(
    (trial) =>
      trial.purpose === 'confirmation' &&
      trial.failure?.kind === 'inadmissible' &&
      configurationOf(state, trial.values) === wanted,
  );
};

function barredIn(state: RunState): What[] {
  const { DEFAULT_CONFIG: config } = state.config;
  const [best, baseline, untouched] = [incumbentOf(state), baselineOf(state), untouchedScore(state)];
  const broke = (trial: ScoredTrial | null) => trial !== null && brokenAfresh(state, trial.values).length > 0;
  // Of the untouched model the score alone is known.
  const unknown = untouched !== null && refuseScore(config, untouched) !== null;
  return [
    ...(best?.id !== baseline?.id && broke(best) ? ['best' as const] : []),
    ...(broke(baseline) ? ['baseline' as const] : []),
    ...(unknown ? ['untouched' as const] : []),
  ];
}

/** Mean dev score of all trainings of a configuration, whatever their seeds. */
function meanScore(state: RunState, values: Values): number {
  const wanted = configurationOf(state, values);
  const scores = state.trials
    .filter(isScored)
    .filter(({ share }) => share === undefined)
    .filter((trial) => configurationOf(state, trial.values) === wanted)
    .map(({ result }) => result.score);
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function betterRival({ baseline, untouched }: Scores): What {
  if (baseline === null) return 'untouched';
  return untouched === null || baseline >= untouched ? 'baseline' : 'untouched';
}

const HELD_OUT = inBoth('留出', 'held-out');
const DEV = inBoth('验证', 'dev');
const CONFIRMED = inBoth('留出数据确认其更好。', 'Held-out data confirm that it is better.');
const NO_HELD_OUT = inBoth(
  '没有留出得分，故由验证得分与发布规则决定；未经确认。',
  'There are no held-out scores, so dev scores and the ship rule decide; it is not confirmed.',
);
const UNCONFIRMED = {
  worse: inBoth('留出数据表明最优配置更差，故不发布。', 'Held-out data call the winner worse, so it is not published.'),
  not_distinguishable: inBoth(
    '留出数据无法确认最优配置更好，故不发布。',
    'Held-out data do not confirm that the winner is better, so it is not published.',
  ),
};
const BELOW = inBoth(
  '最优配置低于未训练的原模型或默认配置，故不发布。',
  'The winner is below the untouched model or the default, so it is not published.',
);
const INADMISSIBLE = inBoth(
  '最优配置换种子训练后不满足约束，故不发布。',
  'The winner broke a constraint with a fresh seed, so it is not published.',
);
const NOT_BELOW = inBoth('最优配置不低于其余可发布的模型。', 'The winner is not below what else may be published.');
const BARRED: Record<What, Reason> = {
  best: inBoth('最优配置换种子后未能满足 CONSTRAINTS。', 'With a fresh seed the winner did not hold CONSTRAINTS.'),
  baseline: inBoth('默认配置换种子后未能满足 CONSTRAINTS。', 'With a fresh seed the default did not hold CONSTRAINTS.'),
  untouched: inBoth(
    '原模型未知是否满足 CONSTRAINTS，故不予发布。',
    'The untouched model is not known to hold CONSTRAINTS, so it is no choice.',
  ),
};
const NO_OTHER = inBoth('没有其他已知满足约束的模型。', 'No other model is known to hold CONSTRAINTS.');
const BELOW_DEFAULT = inBoth(
  '最优配置低于默认配置，故不发布。',
  'The winner is below the default, so it is not published.',
);
const DEFAULT_WON = inBoth(
  '没有配置以超出噪声的优势胜过默认。',
  'No configuration beat the default by more than noise.',
);
const INSISTED = inBoth('PUBLISH: best 要求发布最优配置。', 'PUBLISH: best asks for the winner.');
const ALONE = inBoth('没有可比较的模型。', 'There is no other model to compare it with.');

/** `Held-out scores: winner 0.7321, default 0.6694, untouched model 0.6577.` */
function comparison(scores: Scores, winner: What, split: Reason, { formats, units, model = null }: ScoreWords): Reason {
  const named: [number | null, Reason][] = [
    [winner === 'best' ? scores.best : null, inBoth('最优', 'winner')],
    [scores.baseline, inBoth('默认', 'default')],
    [scores.untouched, rivalWords(model)],
  ];
  const known = named.filter(([score]) => score !== null);
  const list = (language: 'zh' | 'en', comma: string) =>
    known.map(([score, name]) => `${name[language]} ${formats.formatScore(score)}`).join(comma);
  return inBoth(`${split.zh}得分：${list('zh', '，')}。`, `Scores on ${split.en} ${units}: ${list('en', ', ')}.`);
}

const joined = (first: Reason, second: Reason): Reason => inBoth(`${second.zh}${first.zh}`, `${second.en} ${first.en}`);
