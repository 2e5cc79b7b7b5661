/** How far scores of one configuration differ: what was measured, with which seeds, and what that cost. */
import type { BlockContent } from 'mdast';
import { formatsOf } from '../../domain/formats.ts';
import { noticeableDifference } from '../../domain/noise.ts';
import type { RunState } from '../../domain/runState.ts';
import { incumbentOf } from '../../domain/runTrials.ts';
import { unitsIn } from '../../domain/trainerFacts.ts';
import { taskWords } from '../../domain/taskWords.ts';
import { canonicalJson } from '../../domain/trialIdentity.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import type { Reason, ScoredTrial } from '../../domain/trials.ts';
import { section, table } from '../document.ts';
import type { Cell, Section } from '../document.ts';
import { duration, paragraphs, sayIn } from '../phrases.ts';
import type { Say } from '../phrases.ts';

/** Nothing where neither noise seeds nor repeats were trained and the model said nothing of noise. */
export function noiseSection(state: RunState, say: Say): Section[] {
  const repeated = repeatedConfigurations(state);
  const { formatScore, formatSpread } = formatsOf(state);
  if (!state.noise && repeated.length === 0) return [];
  const extra = state.trials.filter(({ purpose }) => purpose === 'noise' || purpose === 'repeat').filter(isScored);
  const seconds = extra.reduce((sum, { result }) => sum + (result.from ? 0 : result.trainSeconds), 0);
  const { zh, en } = measured(state);
  const content: BlockContent[] = paragraphs(say, zh, en);
  if (repeated.length > 0)
    content.push(
      table(
        [say('配置', 'configuration'), say('种子：得分', 'seed: score'), say('标准差', 'standard deviation')],
        repeated.map(({ title, trials }): Cell[] => [
          say.told(title),
          trials.map(({ seed, result }) => `${seed}: ${formatScore(result.score)}`).join(', '),
          formatSpread(deviation(trials)),
        ]),
        [2],
      ),
    );
  const besides = sampling(state);
  content.push(
    ...paragraphs(
      say,
      `测量噪声与成对复测共 ${extra.length} 次额外训练，${duration(seconds, sayIn('zh'))}。${besides.zh}`,
      `Noise seeds and repeats took ${extra.length} more ${extra.length === 1 ? 'training' : 'trainings'}, ${duration(seconds, sayIn('en'))}.${besides.en}`,
    ),
  );
  return section('noise', say('噪声', 'Noise'), [...content, ...repeatTable(state, say)]);
}

function measured(state: RunState): Reason {
  const { noise } = state;
  const { formatSpread } = formatsOf(state);
  if (!noise) return { zh: '没有可用的噪声模型。', en: 'There is no model of the noise.' };
  const { repeats } = noise;
  const [atDefault, atBase] = [formatSpread(noise.atDefault), formatSpread(noise.atBase)];
  const zh = repeats === 0 ? '先验估计，未测量' : `由 ${repeats} 次重复测得，先验估计计作一次`;
  const en =
    repeats === 0
      ? 'a guess, not measured'
      : `from ${repeats} ${repeats === 1 ? 'training' : 'trainings'} beyond the first of their configuration, and a guess that counts as one more`;
  return {
    zh: `仅种子不同的训练，验证得分的标准差：默认配置 ${atDefault}，目前最优 ${atBase}（${zh}）。`,
    en: `Standard deviation of the dev score between seeds: ${atDefault} at the default, ${atBase} at the best (${en}).`,
  };
}

const NOTHING: Reason = { zh: '', en: '' };

function sampling(state: RunState): Reason {
  const best = incumbentOf(state);
  const pairs = state.trainer && unitsIn(state.trainer.inspection.data.splits.dev);
  if (!best || !pairs) return NOTHING;
  const { metric, formatSpread } = formatsOf(state);
  const { units } = taskWords(state);
  const sampling = noticeableDifference(best.result.score, pairs, metric);
  if (sampling === null) return NOTHING;
  const difference = formatSpread(sampling);
  return {
    zh: `此外，${pairs} 个验证${units.zh}的抽样误差使 ${difference} 以内的差别无法分辨（95 %）。`,
    en: ` Besides, on ${pairs} dev ${units.en} differences below ${difference} are not told from sampling error (95 %).`,
  };
}

function repeatedConfigurations(state: RunState): { title: string; trials: ScoredTrial[] }[] {
  const groups = new Map<string, ScoredTrial[]>();
  for (const trial of state.trials.filter(ofSearch).filter(isScored)) {
    const key = canonicalJson(trial.values);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  return [...groups.values()]
    .filter((trials) => new Set(trials.map(({ seed }) => seed)).size > 1)
    .map((trials) => ({ title: trialTitle(trials[0]!), trials }));
}

function deviation(trials: readonly ScoredTrial[]): number {
  const mean = trials.reduce((sum, { result }) => sum + result.score, 0) / trials.length;
  return Math.sqrt(trials.reduce((sum, { result }) => sum + (result.score - mean) ** 2, 0) / (trials.length - 1));
}

/** Each repeat beside the last other configuration that was trained with its seed: a paired difference. */
function repeatTable(state: RunState, say: Say): BlockContent[] {
  const repeats = state.trials.filter(({ purpose }) => purpose === 'repeat');
  if (repeats.length === 0) return [];
  const { formatScore, formatDelta } = formatsOf(state);
  const scored = state.trials.filter(isScored);
  const rows = repeats.map((trial): Cell[] => {
    const partner = scored.findLast(
      ({ purpose, seed, values, number }) =>
        ofSearch({ purpose }) &&
        seed === trial.seed &&
        number < trial.number &&
        canonicalJson(values) !== canonicalJson(trial.values),
    );
    return [
      String(trial.number),
      say.told(trialTitle(trial)),
      formatScore(trial.result?.score),
      partner ? `#${partner.number} ${say.told(trialTitle(partner))}` : '–',
      formatScore(partner?.result.score),
      partner && trial.result ? formatDelta(trial.result.score - partner.result.score) : '–',
    ];
  });
  return [
    ...paragraphs(
      say,
      '用另一种子复测，与同种子的训练成对比较：',
      'Trained again with another seed, and the difference to the training with the same seed:',
    ),
    table(
      [
        say('试验', 'trial'),
        say('复测', 'repeated'),
        say('得分', 'score'),
        say('对照', 'against'),
        say('得分', 'score'),
        'Δ',
      ],
      rows,
      [2, 4, 5],
    ),
  ];
}
