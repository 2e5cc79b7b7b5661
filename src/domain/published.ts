/** Which model a run gives its user: never one that the evidence calls worse than the default or the untouched model. */
import { formatsOf } from './formats.ts';
import type { ScoreFormats } from './formats.ts';
import { untouchedScore } from './baseModels.ts';
import { baselineOf, configurationOf, incumbentOf } from './runState.ts';
import type { Confirmation, Published, RunState } from './runState.ts';
import type { AgentSettings } from './settings.ts';
import { said } from './suggestions.ts';
import { taskWords } from './taskWords.ts';
import type { Reason, ScoredTrial, Values } from './trials.ts';
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
}

/** How scores are written, and what they are of. */
export interface ScoreWords {
  formats: ScoreFormats;
  units: string;
}

/**
 * The winner when it is confirmed; else the better one of default and untouched model. Confirmed: held-out data call it
 * better, and it is not below the untouched model. Without held-out scores the dev scores decide, since the winner passed
 * the ship rule on them. PUBLISH: best publishes the winner whatever held-out data say.
 */
export function decide({ rule, winner, heldOut, dev }: Evidence, words: ScoreWords): Published {
  const scores = heldOut ?? dev;
  const split = heldOut ? HELD_OUT : DEV;
  const compared = comparison(scores, winner, split, words);
  if (rule === 'best') return { what: winner, why: joined(compared, INSISTED) };
  if (winner === 'best') {
    const rivals = [scores.baseline, scores.untouched].filter((score) => score !== null);
    if (rivals.length === 0) return { what: 'best', why: joined(compared, ALONE) };
    const below = rivals.some((score) => scores.best !== null && scores.best < score);
    const doubt =
      heldOut && heldOut.verdict !== 'better' ? UNCONFIRMED[heldOut.verdict ?? 'not_distinguishable'] : null;
    if (!doubt && !below) return { what: 'best', why: joined(compared, heldOut ? CONFIRMED : NO_HELD_OUT) };
    return { what: betterRival(scores), why: joined(compared, doubt ?? BELOW) };
  }
  return { what: betterRival(scores), why: joined(compared, DEFAULT_WON) };
}

/** The same for a run whose search is over, and whose confirmation is done, failed or had no rows. */
export function decidePublished(state: RunState): Published {
  const { DEFAULT_CONFIG: config } = state.config;
  return decide(evidenceOf(state), { formats: formatsOf(config), units: taskWords(config).units.en });
}

/** The trial whose model is published; null for the untouched model, and when no training succeeded. */
export function publishedTrial(state: RunState): ScoredTrial | null {
  if (state.published?.what === 'untouched') return null;
  return state.published?.what === 'baseline' ? baselineOf(state) : incumbentOf(state);
}

export function evidenceOf(state: RunState): Evidence {
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
  };
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

const HELD_OUT = said('留出', 'held-out');
const DEV = said('验证', 'dev');
const CONFIRMED = said('留出数据确认其更好。', 'Held-out data confirm that it is better.');
const NO_HELD_OUT = said(
  '没有留出得分，故由验证得分与发布规则决定；未经确认。',
  'There are no held-out scores, so dev scores and the ship rule decide; it is not confirmed.',
);
const UNCONFIRMED = {
  worse: said('留出数据表明最优配置更差，故不发布。', 'Held-out data call the winner worse, so it is not published.'),
  not_distinguishable: said(
    '留出数据无法确认最优配置更好，故不发布。',
    'Held-out data do not confirm that the winner is better, so it is not published.',
  ),
};
const BELOW = said(
  '最优配置低于未训练的原模型或默认配置，故不发布。',
  'The winner is below the untouched model or the default, so it is not published.',
);
const DEFAULT_WON = said('没有配置以超出噪声的优势胜过默认。', 'No configuration beat the default by more than noise.');
const INSISTED = said('PUBLISH: best 要求发布最优配置。', 'PUBLISH: best asks for the winner.');
const ALONE = said('没有可比较的模型。', 'There is no other model to compare it with.');

/** `Held-out scores: winner 0.7321, default 0.6694, untouched model 0.6577.` */
function comparison(scores: Scores, winner: What, split: Reason, { formats, units }: ScoreWords): Reason {
  const named: [number | null, Reason][] = [
    [winner === 'best' ? scores.best : null, said('最优', 'winner')],
    [scores.baseline, said('默认', 'default')],
    [scores.untouched, said('原模型', 'untouched model')],
  ];
  const known = named.filter(([score]) => score !== null);
  const list = (language: 'zh' | 'en', comma: string) =>
    known.map(([score, name]) => `${name[language]} ${formats.formatScore(score)}`).join(comma);
  return said(`${split.zh}得分：${list('zh', '，')}。`, `Scores on ${split.en} ${units}: ${list('en', ', ')}.`);
}

const joined = (first: Reason, second: Reason): Reason => said(`${second.zh}${first.zh}`, `${second.en} ${first.en}`);
