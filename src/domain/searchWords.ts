/**
 * Why the search model wants a training, in words that are true of how the value came about, with numbers that a person
 * can check. `±` is one standard deviation; intervals are of 90 %.
 */
import { formatValue } from './formats.ts';
import type { ScoreFormats } from './formats.ts';
import type { Metric } from './metric.ts';
import type { Candidate, Noise, Outlook, Study } from './study.ts';
import { said } from './said.ts';
import { inBoth } from './suggestions.ts';
import type { Reason, Values } from './trials.ts';

/** `LEARNING_RATE = 1e-4, NUM_TRAIN_EPOCHS = 3`. */
export const settingsText = (values: Values): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} = ${formatValue(value)}`)
    .join(', ');

const percent = (chance: number): string => `${Math.round(chance * 100)} %`;

/** Why this training, and what is expected of it. */
export function explain(candidate: Candidate, study: Study, formats: ScoreFormats): Reason {
  const why = originOf(candidate, formats.metric);
  const expected = expectation(candidate, study, formats);
  return inBoth(`${why.zh}${expected.zh}。`, `${why.en}${expected.en}.`);
}

function originOf({ origin, change, hint }: Candidate, { direction }: Metric): Reason {
  const what = settingsText(change);
  const least = direction === 'minimize';
  switch (origin) {
    case 'gap':
      return inBoth(
        `${what}：该参数的首次试探，取最优值旁较宽空隙的中点（规则，非模型）；`,
        `${what}: first probe of this key, in the middle of the wider gap beside the best so far (a rule, no model); `,
      );
    case 'probe':
      return inBoth(
        `${what}：该参数的首次试探，取其未试值中均值 ${least ? '−' : '+'} 2 标准差最${least ? '低' : '高'}者；`,
        `${what}: first probe of this key, at the untried value with the ${least ? 'lowest mean −' : 'highest mean +'} 2 sd; `,
      );
    case 'choice':
      return inBoth(
        `${what}：该参数未试选项中最有希望者；`,
        `${what}: the most promising of this key's choices that are not tried yet; `,
      );
    case 'hint':
      return inBoth(
        `${what}：${hint?.source ?? '有人提示'}，因此按普通训练试一次；`,
        `${what}: tried once, as an ordinary training, since ${hint?.source ?? 'somebody believes in it'}; `,
      );
    case 'own':
      return inBoth(`${what}：提议者自己的取值；`, `${what}: a value of the proposer's own; `);
    case 'joint':
      return inBoth(`下一步同时改动 ${what}，因为`, `${what} next, several keys at once, since `);
    case 'model':
      return inBoth(`下一步 ${what}，因为`, `${what} next, since `);
  }
}

function expectation(candidate: Candidate, study: Study, formats: ScoreFormats): Reason {
  const { mean, sd, chance, gain, seconds } = candidate;
  const { formatScore, formatSpread } = formats;
  const rank = rankOf(candidate, study, formats);
  const score = `${formatScore(mean)} ± ${formatSpread(sd)}`;
  const base = formatScore(study.base.mean);
  const cost =
    seconds === null
      ? inBoth('', '')
      : inBoth(`，约 ${seconds.toFixed(0)} 处理器秒`, `, about ${seconds.toFixed(0)} processor seconds`);
  return inBoth(
    `全部参数的模型预计该处得分 ${score}（目前最优处 ${base}）${rank.zh}；更好的概率 ${percent(chance)}，期望增益 ${formatSpread(gain)}${cost.zh}`,
    `the model of all keys expects ${score} there (best so far ${base})${rank.en}; chance ${percent(chance)} to be better, expected gain ${formatSpread(gain)}${cost.en}`,
  );
}

/** What is true of its place among the candidates: highest mean, highest mean + 2 sd, or chosen beside others. */
function rankOf(candidate: Candidate, study: Study, { metric, formatScore }: ScoreFormats): Reason {
  if (candidate.origin !== 'model' && candidate.origin !== 'joint') return inBoth('', '');
  const others = [...study.next, ...study.shortlist].filter(({ values }) => values !== candidate.values);
  const of = candidatesText(study);
  const least = metric.direction === 'minimize';
  const best = least ? inBoth('最低', 'least') : inBoth('最高', 'most');
  const sign = least ? '−' : '+';
  if (others.every(({ mean }) => mean <= candidate.mean))
    return inBoth(`，在${of.zh}中${best.zh}`, `, the ${best.en} of ${of.en}`);
  const reach = (one: Candidate) => one.mean + 2 * one.sd;
  if (others.every((one) => reach(one) <= reach(candidate)))
    return inBoth(
      `，${best.zh}可达 ${formatScore(reach(candidate))}（均值 ${sign} 2 标准差），在${of.zh}中${best.zh}`,
      `, and it may reach ${formatScore(reach(candidate))} (mean ${sign} 2 sd), the ${best.en} of ${of.en}`,
    );
  const [first] = study.next;
  if (!first || first.values === candidate.values || !study.next.includes(candidate)) return inBoth('', '');
  return inBoth(
    `，与 ${settingsText(first.change)} 一起选出，同时训练`,
    `, chosen together with ${settingsText(first.change)} to be trained at the same time`,
  );
}

/** How many there were: counted only where each candidate changes one key. */
function candidatesText({ next, shortlist, keys }: Study): Reason {
  const joint = [...next, ...shortlist].some(({ change }) => Object.keys(change).length > 1);
  const untried = Object.values(keys).reduce((sum, key) => sum + key.untried, 0);
  if (joint || untried < 2) return inBoth('全部候选', 'all candidates');
  return inBoth(`全部 ${untried} 个候选`, `all ${untried} candidates`);
}

/** `0.0067 between seeds, measured by 2 repeats`. */
export function noiseText({ atBase, repeats }: Noise, { formatSpread }: ScoreFormats): Reason {
  const spread = formatSpread(atBase);
  if (repeats === 0)
    return inBoth(`种子间标准差约 ${spread}，估计而未测量`, said`${spread} between seeds, a guess, not measured`);
  return inBoth(
    `种子间标准差 ${spread}，由 ${repeats} 次重复测得`,
    said`${spread} between seeds, measured by ${repeats} ${repeats === 1 ? 'repeat' : 'repeats'}`,
  );
}

/** Why a key is left before its rounds are used up. */
export function leftEarly(key: string, { keys, noise }: Study, formats: ScoreFormats): Reason {
  const { gain, untried } = keys[key]!;
  const spread = noiseText(noise, formats);
  return inBoth(
    `${key} 提前结束，因为预计的收益低于噪声：${untried} 个未试取值中最好的预计增益 ${formats.formatSpread(gain)}；${spread.zh}。`,
    said`${key} is left early, since what it is expected to gain is below noise: the best of its ${untried} untried values ${formats.formatSpread(gain)}; ${spread.en}.`,
  );
}

/** Why the run ends by itself with trainings left (STOP_WHEN: no_gain). */
export function endsByItself({ outlook, noise }: Pick<Study, 'outlook' | 'noise'>, formats: ScoreFormats): Reason {
  const { formatSpread } = formats;
  const all = possibleText(outlook, formats);
  const spread = noiseText(noise, formats);
  return inBoth(
    `自行结束，因为预计没有训练的收益能超过噪声（STOP_WHEN 为 no_gain）：下一次预计增益 ${formatSpread(outlook.next)}；${all.zh}；${spread.zh}。`,
    said`ends by itself, since no training is expected to gain more than noise (STOP_WHEN is no_gain): the best next one ${formatSpread(outlook.next)}; ${all.en}; ${spread.en}.`,
  );
}

/** What all untried configurations together may still bring. */
export function possibleText({ possible }: Outlook, { formatSpread }: ScoreFormats): Reason {
  const interval = `${formatSpread(possible.low)} … ${formatSpread(possible.high)}`;
  return inBoth(
    `未试配置合计还可能增益 ${formatSpread(possible.mean)}（90 %：${interval}）`,
    said`all untried configurations together may bring ${formatSpread(possible.mean)} (90 %: ${interval})`,
  );
}
