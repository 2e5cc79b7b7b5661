/**
 * Why the search model wants a training, in words that are true of how the value came about, with numbers that a person
 * can check. `±` is one standard deviation; intervals are of 90 %.
 */
import { formatScore, formatValue } from './formats.ts';
import type { Candidate, Noise, Outlook, Study } from './study.ts';
import { said } from './suggestions.ts';
import type { Reason, Values } from './trials.ts';

/** `LEARNING_RATE = 1e-4, NUM_TRAIN_EPOCHS = 3`. */
export const settingsText = (values: Values): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} = ${formatValue(value)}`)
    .join(', ');

const percent = (chance: number): string => `${Math.round(chance * 100)} %`;

/** Why this training, and what is expected of it. */
export function explain(candidate: Candidate, study: Study): Reason {
  const why = originOf(candidate);
  const expected = expectation(candidate, study);
  return said(`${why.zh}${expected.zh}。`, `${why.en}${expected.en}.`);
}

function originOf({ origin, change, hint, values }: Candidate): Reason {
  const what = settingsText(change);
  const [key = ''] = Object.keys(change);
  const isChoice = typeof values[key] === 'string';
  switch (origin) {
    case 'probe':
      return isChoice
        ? said(
            `${what}：该参数的首次试探，取一个未试过的选项；`,
            `${what}: first probe of this key, a choice not tried yet; `,
          )
        : said(
            `${what}：该参数的首次试探，取最优值旁较宽空隙的中点（规则，非模型）；`,
            `${what}: first probe of this key, in the middle of the wider gap beside the best so far (a rule, no model); `,
          );
    case 'gap':
      return said(
        `${what}：取该参数已测值之间最宽空隙的中点（规则，非模型）；`,
        `${what}: the middle of the widest gap between values of this key (a rule, no model); `,
      );
    case 'hint':
      return said(
        `${what}：${hint?.source ?? '有人提示'}，因此按普通训练试一次；`,
        `${what}: tried once, as an ordinary training, since ${hint?.source ?? 'somebody believes in it'}; `,
      );
    case 'choice':
      return said(`${what}：从搜索模型的候选中选出；`, `${what}: chosen among the search model's candidates; `);
    case 'own':
      return said(`${what}：提议者自己的取值；`, `${what}: a value of the proposer's own; `);
    case 'joint':
      return said(`下一步同时改动 ${what}，因为`, `${what} next, several keys at once, since `);
    case 'model':
      return said(`下一步 ${what}，因为`, `${what} next, since `);
  }
}

function expectation(candidate: Candidate, study: Study): Reason {
  const { mean, sd, chance, gain, seconds } = candidate;
  const rank = rankOf(candidate, study);
  const score = `${formatScore(mean)} ± ${formatScore(sd)}`;
  const base = formatScore(study.base.mean);
  const cost =
    seconds === null
      ? said('', '')
      : said(`，约 ${seconds.toFixed(0)} 处理器秒`, `, about ${seconds.toFixed(0)} processor seconds`);
  return said(
    `全部参数的模型预计该处得分 ${score}（目前最优 ${base}）${rank.zh}；更好的概率 ${percent(chance)}，期望增益 ${formatScore(gain)}${cost.zh}`,
    `the model of all keys expects ${score} there (best so far ${base})${rank.en}; chance ${percent(chance)} to be better, expected gain ${formatScore(gain)}${cost.en}`,
  );
}

/** What is true of its place among the candidates: highest mean, highest mean + 2 sd, or chosen beside others. */
function rankOf(candidate: Candidate, study: Study): Reason {
  if (candidate.origin !== 'model' && candidate.origin !== 'joint') return said('', '');
  const others = [...study.next, ...study.shortlist].filter(({ values }) => values !== candidate.values);
  const of = candidatesText(study);
  if (others.every(({ mean }) => mean <= candidate.mean)) return said(`，为${of.zh}中最高`, `, the most of ${of.en}`);
  const reach = (one: Candidate) => one.mean + 2 * one.sd;
  if (others.every((one) => reach(one) <= reach(candidate)))
    return said(
      `，最高可达 ${formatScore(reach(candidate))}（均值 + 2 标准差），为${of.zh}中最高`,
      `, and it may reach ${formatScore(reach(candidate))} (mean + 2 sd), the most of ${of.en}`,
    );
  const [first] = study.next;
  if (!first || first.values === candidate.values || !study.next.includes(candidate)) return said('', '');
  return said(
    `，与 ${settingsText(first.change)} 一起选出，同时训练`,
    `, chosen together with ${settingsText(first.change)} to be trained at the same time`,
  );
}

/** How many there were: counted only where each candidate changes one key. */
function candidatesText({ next, shortlist, keys }: Study): Reason {
  const joint = [...next, ...shortlist].some(({ change }) => Object.keys(change).length > 1);
  const untried = Object.values(keys).reduce((sum, key) => sum + key.untried, 0);
  if (joint || untried < 2) return said('全部候选', 'all candidates');
  return said(`全部 ${untried} 个候选`, `all ${untried} candidates`);
}

/** `0.0048 between seeds (measured, 2 repeats)`. */
export function noiseText({ atBase, repeats }: Noise): Reason {
  return repeats === 0
    ? said(
        `种子间标准差约 ${formatScore(atBase)}（估计，未测量）`,
        `${formatScore(atBase)} between seeds (a guess, not measured)`,
      )
    : said(
        `种子间标准差 ${formatScore(atBase)}（由 ${repeats} 次重复测得）`,
        `${formatScore(atBase)} between seeds (measured, ${repeats} ${repeats === 1 ? 'repeat' : 'repeats'})`,
      );
}

/** Why a key is left before its rounds are used up. */
export function leftEarly(key: string, study: Study): Reason {
  const of = study.keys[key];
  if (!of || of.untried === 0) return said(`${key} 已没有未试过的取值。`, `${key} has no untried value left.`);
  const noise = noiseText(study.noise);
  return said(
    `${key} 提前结束：其 ${of.untried} 个未试取值中最好的预计增益 ${formatScore(of.gain)}，小于噪声（${noise.zh}）。省下的训练留给更有希望的改动。`,
    `${key} is left early: the best of its ${of.untried} untried values is expected to gain ${formatScore(of.gain)}, which is below noise (${noise.en}). The trainings saved go to whichever change promises most.`,
  );
}

/**
 * Why the run ends with trainings left (STOP_WHEN: no_gain).
 *
 * @param left - Trainings of the pool that are not used.
 */
export function endsByItself({ outlook, noise }: Pick<Study, 'outlook' | 'noise'>, left: number): Reason {
  const all = possibleText(outlook);
  const spread = noiseText(noise);
  return said(
    `还剩 ${left} 次训练，但下一次预计只增益 ${formatScore(outlook.next)}；${all.zh}；${spread.zh}，看不出差别（STOP_WHEN: no_gain）。`,
    `ends by itself with ${left} ${left === 1 ? 'training' : 'trainings'} left: the best next one is expected to gain ${formatScore(outlook.next)}; ${all.en}; scores differ by ${spread.en}, so nobody could see it (STOP_WHEN: no_gain)`,
  );
}

/** What all untried configurations together may still bring. */
export function possibleText({ possible }: Outlook): Reason {
  const interval = `${formatScore(possible.low)} … ${formatScore(possible.high)}`;
  return said(
    `未试配置合计还可能增益 ${formatScore(possible.mean)}（90 %：${interval}）`,
    `all untried configurations together may bring ${formatScore(possible.mean)} (90 %: ${interval})`,
  );
}
