/**
 * What could still be gained, and would more trainings, more dev pairs or more training data pay? From what has been
 * measured so far, at any time, with its uncertainty; `unknown` where nothing measured can tell.
 */
import { formatsOf } from './formats.ts';
import type { ScoreFormats } from './formats.ts';
import { noticeableDifference } from './noise.ts';
import type { RunState } from './runState.ts';
import { noiseText, possibleText } from './searchWords.ts';
import { inBoth } from './suggestions.ts';
import { taskWords } from './taskWords.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { canonicalJson } from './trialIdentity.ts';
import { unitsIn } from './trainerFacts.ts';
import type { Reason, ScoredTrial } from './trials.ts';
import { isScored, ofSearch } from './trials.ts';

export interface Answer {
  pays: 'yes' | 'no' | 'unknown';
  reason: Reason;
}
export interface AnytimeAnswer {
  /** What all untried configurations may bring over the best so far, in score; 90 %. Null while nobody has judged it. */
  gain: { mean: number; low: number; high: number } | null;
  rounds: Answer;
  devPairs: Answer;
  data: Answer;
}

/** Half-width of a 90 % interval, in standard deviations. */
const NINETY = 1.645;

export function anytimeAnswer(state: RunState): AnytimeAnswer {
  const scored = state.trials.filter(ofSearch).filter(isScored);
  const devPairs = state.trainer ? unitsIn(state.trainer.inspection.data.splits.dev) : 0;
  const words = {
    formats: formatsOf(state),
    units: taskWords(state).units,
  };
  return {
    gain: state.outlook?.possible ?? null,
    rounds: wouldRounds(state, words.formats),
    devPairs: wouldDevPairs(state, scored, devPairs, words),
    data: wouldData(scored, devPairs, state.config.DEFAULT_CONFIG, words.formats),
  };
}

const unknown = (zh: string, en: string): Answer => ({ pays: 'unknown', reason: inBoth(zh, en) });
const UNKNOWN_SAMPLING = unknown(
  '未知：该指标的抽样误差无从得知。',
  'Not known: nothing is known of the sampling error of this metric.',
);

function wouldRounds({ outlook, noise }: RunState, formats: ScoreFormats): Answer {
  if (!outlook) return unknown('未知：搜索模型尚未作出判断。', 'Not known: the search model has not judged it yet.');
  const all = possibleText(outlook, formats);
  const spread = noise && noiseText(noise, formats);
  const next = formats.formatSpread(outlook.next);
  return {
    pays: outlook.worthwhile ? 'yes' : 'no',
    reason: inBoth(
      `下一次训练预计增益 ${next}，相对噪声${outlook.worthwhile ? '值得' : '不值得'}再训练${spread ? `（${spread.zh}）` : ''}；${all.zh}。`,
      `The best next training is expected to gain ${next}, which is ${outlook.worthwhile ? 'worth' : 'not worth'} a training beside the noise${spread ? ` (${spread.en})` : ''}; ${all.en}.`,
    ),
  };
}

/** Mean score of each configuration over its seeds, best first. */
function meansOf(scored: readonly ScoredTrial[]): { mean: number; seeds: number; trial: ScoredTrial }[] {
  const groups = new Map<string, ScoredTrial[]>();
  for (const trial of scored) {
    const key = canonicalJson(trial.values);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  return [...groups.values()]
    .map((trials) => ({
      mean: trials.reduce((sum, { result }) => sum + result.score, 0) / trials.length,
      seeds: trials.length,
      trial: trials[0]!,
    }))
    .sort((a, b) => b.mean - a.mean);
}

/**
 * More dev pairs pay where the sampling error of a difference hides which of the best candidates is better, and is the
 * larger part of what hides it: against the spread between seeds only more seeds help.
 */
function wouldDevPairs(
  { noise }: RunState,
  scored: readonly ScoredTrial[],
  pairs: number,
  { formats: { metric, formatSpread }, units }: { formats: ScoreFormats; units: Reason },
): Answer {
  const [best, second, ...others] = meansOf(scored);
  if (!best || !second || pairs === 0)
    return unknown('未知：还没有两个配置可以比较。', 'Not known: there are no two configurations to compare yet.');
  const sampling = noticeableDifference(best.mean, pairs, metric);
  if (sampling === null) return UNKNOWN_SAMPLING;
  const difference = best.mean - second.mean;
  const near = [second, ...others].filter(({ mean }) => best.mean - mean < sampling).length;
  const between = noise ? 1.96 * noise.atBase * Math.sqrt(1 / best.seeds + 1 / second.seeds) : null;
  const facts = inBoth(
    `最优两个配置相差 ${formatSpread(difference)}；${pairs} 个验证${units.zh}的抽样误差使差别在 ${formatSpread(sampling)} 以内无法分辨（95 %），其中有 ${near} 个配置`,
    `the two best configurations differ by ${formatSpread(difference)}; on ${pairs} dev ${units.en} differences below ${formatSpread(sampling)} are not told from sampling error (95 %), and ${near} ${near === 1 ? 'configuration lies' : 'configurations lie'} that near to the best`,
  );
  if (near === 0) return { pays: 'no', reason: inBoth(`不必：${facts.zh}。`, `No: ${facts.en}.`) };
  if (between !== null && between > sampling)
    return {
      pays: 'no',
      reason: inBoth(
        `更应增加种子：${facts.zh}，而种子间噪声（${formatSpread(between)}）更大。`,
        `More seeds rather than more ${units.en}: ${facts.en}, but the noise between seeds is larger (${formatSpread(between)}).`,
      ),
    };
  return {
    pays: 'yes',
    reason: inBoth(
      `是：${facts.zh}；${units.zh}增至四倍，误差减半。`,
      `Yes: ${facts.en}; four times as many ${units.en} halve the error.`,
    ),
  };
}

/** From half of the first epoch to its end, as far as the looks of a training show it; null when they do not. */
function riseWithinFirstEpoch({ result, values }: ScoredTrial, defaultEpochs: number): number | null {
  const epochs = Number(values['NUM_TRAIN_EPOCHS'] ?? defaultEpochs);
  const epochSteps = result.steps / epochs;
  const near = (share: number) =>
    result.looks?.find(({ step }) => Math.abs(step / epochSteps - share) <= Math.max(0.05, 1 / epochSteps));
  const [half, whole] = [near(0.5), near(1)];
  return half && whole && half.step < whole.step ? whole.score - half.score : null;
}

/**
 * Would more training data pay? Within the first epoch every pair is new, so from its half to its end the data double.
 * A rough guess (the learning rate changes meanwhile), which is why it comes with its interval, or not at all.
 */
function wouldData(
  scored: readonly ScoredTrial[],
  pairs: number,
  config: TrainingConfig,
  { metric, formatDelta, formatDeltaEnds }: ScoreFormats,
): Answer {
  // What an own training does in an epoch, and whether it has any, is not known.
  if (metric.scale === 'free') return UNKNOWN_SAMPLING;
  const defaultEpochs = config.NUM_TRAIN_EPOCHS;
  const rises = scored.map((trial) => riseWithinFirstEpoch(trial, defaultEpochs)).filter((rise) => rise !== null);
  if (rises.length < 2 || pairs === 0)
    return unknown(
      '未知：学习曲线在第一轮内的计分不足（至少两次训练）。',
      'Not known: fewer than two trainings were scored at half and at the end of their first epoch.',
    );
  const mean = rises.reduce((sum, rise) => sum + rise, 0) / rises.length;
  const variance = rises.reduce((sum, rise) => sum + (rise - mean) ** 2, 0) / (rises.length - 1);
  const best = Math.max(...scored.map(({ result }) => result.score));
  const sampling = noticeableDifference(best, pairs, metric)! / 1.96;
  // All are scored on the same pairs, so their sampling error does not average out.
  const error = Math.sqrt(variance / rises.length + sampling ** 2);
  const [low, high] = [mean - NINETY * error, mean + NINETY * error];
  const ends = formatDeltaEnds({ low, high });
  const facts = inBoth(
    `从第一轮过半到结束（数据翻倍），${rises.length} 次训练的得分平均变化 ${formatDelta(mean)}（90 %：${ends.join(' … ')}）`,
    `from half of the first epoch to its end, when the data double, the score of ${rises.length} trainings changed by ${formatDelta(mean)} on average (90 %: ${ends.join(' to ')})`,
  );
  if (low > 0) return { pays: 'yes', reason: inBoth(`很可能：${facts.zh}。`, `Probably: ${facts.en}.`) };
  if (high < sampling) return { pays: 'no', reason: inBoth(`看来不会：${facts.zh}。`, `Hardly: ${facts.en}.`) };
  return unknown(`未知：${facts.zh}。`, `Not known: ${facts.en}.`);
}
