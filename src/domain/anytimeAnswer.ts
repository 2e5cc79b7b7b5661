/**
 * What could still be gained, and would more trainings, more dev pairs or more training data pay? From what has been
 * measured so far, at any time, with its uncertainty; `unknown` where nothing measured can tell.
 */
import { formatDelta, formatScore } from './formats.ts';
import { noticeableDifference } from './noise.ts';
import type { RunState } from './runState.ts';
import { noiseText, possibleText } from './searchWords.ts';
import { said } from './suggestions.ts';
import { canonicalJson } from './trialIdentity.ts';
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
  const devPairs = state.trainer?.inspection.data.splits.dev.rows ?? 0;
  return {
    gain: state.outlook?.possible ?? null,
    rounds: wouldRounds(state),
    devPairs: wouldDevPairs(state, scored, devPairs),
    data: wouldData(scored, devPairs, state.config.DEFAULT_CONFIG.NUM_TRAIN_EPOCHS),
  };
}

const unknown = (zh: string, en: string): Answer => ({ pays: 'unknown', reason: said(zh, en) });

function wouldRounds({ outlook, noise }: RunState): Answer {
  if (!outlook) return unknown('未知：搜索模型尚未作出判断。', 'Not known: the search model has not judged it yet.');
  const all = possibleText(outlook);
  const spread = noise && noiseText(noise);
  const next = formatScore(outlook.next);
  return {
    pays: outlook.worthwhile ? 'yes' : 'no',
    reason: said(
      `下一次训练预计增益 ${next}，相对噪声${outlook.worthwhile ? '值得' : '不值得'}再训练${spread ? `（${spread.zh}）` : ''}；${all.zh}。`,
      `The best next training is expected to gain ${next}, which is ${outlook.worthwhile ? 'worth' : 'not worth'} a training beside the noise${spread ? ` (${spread.en})` : ''}; ${all.en}.`,
    ),
  };
}

/** Mean score of each configuration over its seeds, best first. */
export function meansOf(scored: readonly ScoredTrial[]): { mean: number; seeds: number; trial: ScoredTrial }[] {
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
function wouldDevPairs({ noise }: RunState, scored: readonly ScoredTrial[], pairs: number): Answer {
  const [best, second, ...others] = meansOf(scored);
  if (!best || !second || pairs === 0)
    return unknown('未知：还没有两个配置可以比较。', 'Not known: there are no two configurations to compare yet.');
  const sampling = noticeableDifference(best.mean, pairs);
  const difference = best.mean - second.mean;
  const near = [second, ...others].filter(({ mean }) => best.mean - mean < sampling).length;
  const between = noise ? 1.96 * noise.atBase * Math.sqrt(1 / best.seeds + 1 / second.seeds) : null;
  const facts = said(
    `最优两个配置相差 ${formatScore(difference)}；${pairs} 个验证句对的抽样误差使差别在 ${formatScore(sampling)} 以内无法分辨（95 %），其中有 ${near} 个配置`,
    `the two best configurations differ by ${formatScore(difference)}; on ${pairs} dev pairs differences below ${formatScore(sampling)} are not told from sampling error (95 %), and ${near} ${near === 1 ? 'configuration lies' : 'configurations lie'} that near to the best`,
  );
  if (near === 0) return { pays: 'no', reason: said(`不必：${facts.zh}。`, `No: ${facts.en}.`) };
  if (between !== null && between > sampling)
    return {
      pays: 'no',
      reason: said(
        `更应增加种子：${facts.zh}，而种子间噪声（${formatScore(between)}）更大。`,
        `More seeds rather than more pairs: ${facts.en}, but the noise between seeds is larger (${formatScore(between)}).`,
      ),
    };
  return {
    pays: 'yes',
    reason: said(
      `是：${facts.zh}；句对增至四倍，误差减半。`,
      `Yes: ${facts.en}; four times as many pairs halve the error.`,
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
function wouldData(scored: readonly ScoredTrial[], pairs: number, defaultEpochs: number): Answer {
  const rises = scored.map((trial) => riseWithinFirstEpoch(trial, defaultEpochs)).filter((rise) => rise !== null);
  if (rises.length < 2 || pairs === 0)
    return unknown(
      '未知：学习曲线在第一轮内的计分不足（至少两次训练）。',
      'Not known: fewer than two trainings were scored at half and at the end of their first epoch.',
    );
  const mean = rises.reduce((sum, rise) => sum + rise, 0) / rises.length;
  const variance = rises.reduce((sum, rise) => sum + (rise - mean) ** 2, 0) / (rises.length - 1);
  const best = Math.max(...scored.map(({ result }) => result.score));
  const sampling = noticeableDifference(best, pairs) / 1.96;
  // All are scored on the same pairs, so their sampling error does not average out.
  const error = Math.sqrt(variance / rises.length + sampling ** 2);
  const [low, high] = [mean - NINETY * error, mean + NINETY * error];
  const facts = said(
    `从第一轮过半到结束（数据翻倍），${rises.length} 次训练的得分平均变化 ${formatDelta(mean)}（90 %：${formatDelta(low)} … ${formatDelta(high)}）`,
    `from half of the first epoch to its end, when the data double, the score of ${rises.length} trainings changed by ${formatDelta(mean)} on average (90 %: ${formatDelta(low)} to ${formatDelta(high)})`,
  );
  if (low > 0) return { pays: 'yes', reason: said(`很可能：${facts.zh}。`, `Probably: ${facts.en}.`) };
  if (high < sampling) return { pays: 'no', reason: said(`看来不会：${facts.zh}。`, `Hardly: ${facts.en}.`) };
  return unknown(`未知：${facts.zh}。`, `Not known: ${facts.en}.`);
}
