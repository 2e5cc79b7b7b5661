/** The verdict of a run, first line of report, terminal and JSON: what held-out data say, what was published, what next. */
import { anytimeAnswer } from './anytimeAnswer.ts';
import { rivalName, rivalWords, untouchedScore } from './baseModels.ts';
import type { Confirmation, Published, Verdict } from './confirmation.ts';
import { defaultFailed } from './constraints.ts';
import { formatsOf } from './formats.ts';
import { isPlugin } from './metric.ts';
import type { RunState } from './runState.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { inBoth } from './suggestions.ts';
import { taskWords } from './taskWords.ts';
import type { Reason, ScoredTrial } from './trials.ts';

export interface RunVerdict {
  /** Null: nothing was confirmed on held-out data. */
  verdict: Verdict | null;
  /** Winner minus default on held-out pairs, 95 %. */
  difference: Confirmation['difference'];
  /** Default and winner are the same configuration. */
  defaultWon: boolean;
  /** The first line: verdict, difference, what was published and why. */
  line: Reason;
  /** What to do next. */
  next: Reason;
}

export const VERDICT_WORDS: Record<Verdict, Reason> = {
  better: inBoth('更好', 'Better'),
  not_distinguishable: inBoth('无法分辨', 'Not distinguishable'),
  worse: inBoth('更差', 'Worse'),
};
export const PUBLISHED_WORDS: Record<Published['what'], Reason> = {
  best: inBoth('调优后的模型', 'the tuned model'),
  baseline: inBoth('默认配置训练的模型', "the default configuration's model"),
  untouched: inBoth('未训练的原模型', 'the untouched model'),
};

/** Null before the end, and when no training succeeded. */
export function verdictOf(state: RunState): RunVerdict | null {
  const best = incumbentOf(state);
  if (!best || (state.status === 'running' && !state.confirmation)) return null;
  const difference = state.confirmation?.difference ?? null;
  const defaultWon = best.id === state.baseline || state.published?.what === 'baseline';
  // Where the default won, nothing was compared with it.
  const compared = difference !== null || state.baseline === null;
  const verdict = compared ? (state.confirmation?.verdict ?? fromInterval(difference)) : null;
  const found = foundText(state, verdict);
  const published = publishedText(state.published);
  return {
    verdict,
    difference,
    defaultWon,
    line: inBoth(`${found.zh}${published.zh}`, `${found.en}${published.en}`),
    next: nextStep(state, verdict),
  };
}

/** Before 0.4.0 the interval over pairs was all there was. */
function fromInterval(difference: Confirmation['difference']): Verdict | null {
  if (!difference) return null;
  if (difference.low > 0) return 'better';
  return difference.high < 0 ? 'worse' : 'not_distinguishable';
}

function foundText(state: RunState, verdict: Verdict | null): Reason {
  const { confirmation } = state;
  const { formatScore } = formatsOf(state);
  const [best, baseline] = [incumbentOf(state)!, baselineOf(state)];
  if (!baseline) return withoutDefault(state, best);
  if (best.id === baseline.id || (confirmation && !confirmation.difference)) {
    const scores = confirmation
      ? inBoth(`留出得分 ${formatScore(confirmation.best)}`, `held-out score ${formatScore(confirmation.best)}`)
      : inBoth(`验证得分 ${formatScore(best.result.score)}`, `dev score ${formatScore(best.result.score)}`);
    return inBoth(
      `没有找到比默认配置更好的配置（${scores.zh}）。`,
      `No configuration was found that is better than the default (${scores.en}).`,
    );
  }
  if (!confirmation || !verdict) {
    const dev = `${formatScore(baseline.result.score)} → ${formatScore(best.result.score)}`;
    return inBoth(
      `未经留出数据确认：验证得分 ${dev}，可能只是噪声。`,
      `Not confirmed on held-out data: dev score ${dev}, which may be noise.`,
    );
  }
  const word = VERDICT_WORDS[verdict];
  const interval = intervalText(confirmation, state);
  const scores = `${formatScore(confirmation.baseline)} → ${formatScore(confirmation.best)}`;
  return inBoth(
    `${word.zh}：留出得分（默认 → 最优）${scores}${interval.zh}。`,
    `${word.en}: held-out score, default → winner, ${scores}${interval.en}.`,
  );
}

/** The default could not be trained: what is left to compare with is the model as it came. */
function withoutDefault(state: RunState, best: ScoredTrial): Reason {
  const { confirmation, config } = state;
  const { formatScore } = formatsOf(state);
  const why = defaultFailed(state);
  const [before, after] = confirmation
    ? [confirmation.untouched, confirmation.best]
    : [untouchedScore(state), best.result.score];
  if (isPlugin(config.DEFAULT_CONFIG))
    return inBoth(
      `默认配置${why.zh}，因此没有可比较的模型：${confirmation ? '留出' : '验证'}得分 ${formatScore(after)}。`,
      `The default configuration ${why.en}, so there is nothing to compare the winner with: ${confirmation ? 'held-out' : 'dev'} score ${formatScore(after)}.`,
    );
  const scores = `${formatScore(before ?? null)} → ${formatScore(after)}`;
  const model = rivalWords(rivalName(state));
  return inBoth(
    `默认配置${why.zh}，因此只能与未训练的${model.zh}比较：${confirmation ? '留出' : '验证'}得分（原模型 → 最优）${scores}。`,
    `The default configuration ${why.en}, so the winner is compared with the ${model.en} alone: ${confirmation ? 'held-out' : 'dev'} score ${scores}.`,
  );
}

/** Rows are counted without a measure word in Chinese. */
const counted = (count: number, units: string): string => (units === '行' ? `${count} 行` : `${count} 个${units}`);

/** `, +0.0676 [+0.0400, +0.0950] (95 %, over 500 pairs and 3 seeds)`. */
function intervalText({ difference, pairs, seeds, verdict }: Confirmation, state: RunState): Reason {
  if (!difference) return inBoth('', '');
  const { formatDelta, formatDeltaEnds } = formatsOf(state);
  const { units } = taskWords(state);
  const numbers = `${formatDelta(difference.mean)} [${formatDeltaEnds(difference).join(', ')}]`;
  // Before 0.4.0 the interval was over pairs alone, whatever fresh seeds there were.
  return verdict === undefined
    ? inBoth(`，${numbers}（95 %，仅 ${pairs} 个句对）`, `, ${numbers} (95 %, over ${pairs} pairs alone)`)
    : inBoth(
        `，${numbers}（95 %，${counted(pairs, units.zh)}与 ${seeds.length} 个种子）`,
        `, ${numbers} (95 %, over ${pairs} ${units.en} and ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'})`,
      );
}

function publishedText(published: Published | null): Reason {
  if (!published) return inBoth('', '');
  const what = PUBLISHED_WORDS[published.what];
  const [zh, en] = [published.why.zh, asPart(published.why.en)].map((why) => why.replace(/[.。]$/, ''));
  return inBoth(`已发布：${what.zh}（${zh}）。`, ` Published: ${what.en} (${en}).`);
}

/** A sentence as part of another one; a name keeps its capitals. */
export const asPart = (english: string): string => english.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());

function nextStep(state: RunState, verdict: Verdict | null): Reason {
  const { rounds, devPairs, data } = anytimeAnswer(state);
  const { confirmation, published, bestModel } = state;
  const { units } = taskWords(state);
  const steps: Reason[] = [];
  const plugin = isPlugin(state.config.DEFAULT_CONFIG);
  if (!state.trainer?.inspection.data.splits.test)
    steps.push(
      plugin
        ? inBoth('让训练提供留出评分（evaluate）', 'let the training score held-out rows (evaluate)')
        : inBoth('设置留出切片 STSB_TEST_SPLIT', 'give it a held-out split (STSB_TEST_SPLIT)'),
    );
  else if (!confirmation && incumbentOf(state)?.id !== state.baseline)
    steps.push(
      inBoth(
        '以最优配置为起点再运行一次，以便确认（命令见报告“复现与使用”）',
        'a run that starts from the best configuration, and confirms it (its command: "Reproduce and use" in the report)',
      ),
    );
  else if (confirmation?.difference && confirmation.verdict && confirmation.seeds.length < 2 && verdict !== 'better')
    steps.push(inBoth('用 CONFIRM_SEEDS: 2 以上复核', 'confirm with CONFIRM_SEEDS: 2 or more'));
  if (published?.what === 'untouched')
    steps.push(
      inBoth('更多或更接近用途的数据（微调在这里没有收益）', 'other or more data (fine-tuning gained nothing here)'),
    );
  else if (data.pays === 'yes')
    steps.push(inBoth('更多训练数据（STSB_TRAIN_SPLIT）', 'more training data (STSB_TRAIN_SPLIT)'));
  if (rounds.pays === 'yes') steps.push(inBoth('更多训练（ROUNDS_PER_PARAM）', 'more trainings (ROUNDS_PER_PARAM)'));
  if (devPairs.pays === 'yes')
    steps.push(inBoth(`更多验证${units.zh}（STSB_DEV_SPLIT）`, `more dev ${units.en} (STSB_DEV_SPLIT)`));
  if (steps.length === 0)
    return inBoth(
      bestModel ? '没有迹象表明继续投入会有收益：直接使用已发布的模型即可。' : '没有迹象表明继续投入会有收益。',
      `Nothing measured says that more would pay${bestModel ? ': use the published model' : ''}.`,
    );
  return inBoth(
    `可能值得：${steps.map(({ zh }) => zh).join('；')}。`,
    `What may pay: ${steps.map(({ en }) => en).join('; ')}.`,
  );
}
