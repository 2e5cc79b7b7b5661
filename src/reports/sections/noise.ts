/** How far scores of one configuration differ: what was measured, with which seeds, and what that cost. */
import type { RootContent } from 'mdast';
import { formatsOf } from '../../domain/formats.ts';
import { noticeableDifference } from '../../domain/noise.ts';
import { incumbentOf } from '../../domain/runState.ts';
import type { RunState } from '../../domain/runState.ts';
import { unitsIn } from '../../domain/trainerFacts.ts';
import { taskWords } from '../../domain/taskWords.ts';
import { canonicalJson } from '../../domain/trialIdentity.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import type { ScoredTrial } from '../../domain/trials.ts';
import { heading, paragraph, table } from '../document.ts';
import type { Cell } from '../document.ts';
import { duration, reasonText } from '../phrases.ts';
import type { Say } from '../phrases.ts';

/** Nothing where neither noise seeds nor repeats were trained and the model said nothing of noise. */
export function noiseSection(state: RunState, say: Say): RootContent[] {
  const repeated = repeatedConfigurations(state);
  const { formatScore, formatSpread } = formatsOf(state);
  if (!state.noise && repeated.length === 0) return [];
  const extra = state.trials.filter(({ purpose }) => purpose === 'noise' || purpose === 'repeat').filter(isScored);
  const seconds = extra.reduce((sum, { result }) => sum + (result.from ? 0 : result.trainSeconds), 0);
  const content: RootContent[] = [heading(2, say('噪声', 'Noise')), paragraph(measured(state, say))];
  if (repeated.length > 0)
    content.push(
      table(
        [say('配置', 'configuration'), say('种子：得分', 'seed: score'), say('标准差', 'standard deviation')],
        repeated.map(({ title, trials }): Cell[] => [
          title,
          trials.map(({ seed, result }) => `${seed}: ${formatScore(result.score)}`).join(', '),
          formatSpread(deviation(trials)),
        ]),
        [2],
      ),
    );
  content.push(
    paragraph(
      say(
        `测量噪声与成对复测共 ${extra.length} 次额外训练，${duration(seconds)}。`,
        `Noise seeds and repeats took ${extra.length} more trainings, ${duration(seconds)}.`,
      ),
      ` ${sampling(state, say)}`,
    ),
  );
  return [...content, ...repeatTable(state, say)];
}

function measured(state: RunState, say: Say): string {
  const { noise } = state;
  const { formatSpread } = formatsOf(state);
  if (!noise) return say('没有可用的噪声模型。', 'There is no model of the noise.');
  const { repeats } = noise;
  const [atDefault, atBase] = [formatSpread(noise.atDefault), formatSpread(noise.atBase)];
  const zh = repeats === 0 ? '先验估计，未测量' : `由 ${repeats} 次重复测得`;
  const en =
    repeats === 0 ? 'a guess, not measured' : `from ${repeats} trainings beyond the first of their configuration`;
  return say(
    `仅种子不同的训练，验证得分的标准差：默认配置 ${atDefault}，目前最优 ${atBase}（${zh}）。`,
    `Standard deviation of the dev score between seeds: ${atDefault} at the default, ${atBase} at the best (${en}).`,
  );
}

function sampling(state: RunState, say: Say): string {
  const best = incumbentOf(state);
  const pairs = state.trainer && unitsIn(state.trainer.inspection.data.splits.dev);
  if (!best || !pairs) return '';
  const { metric, formatSpread } = formatsOf(state);
  const { units } = taskWords(state);
  const sampling = noticeableDifference(best.result.score, pairs, metric);
  if (sampling === null) return '';
  const difference = formatSpread(sampling);
  return say(
    `此外，${pairs} 个验证${units.zh}的抽样误差使 ${difference} 以内的差别无法分辨（95 %）。`,
    `Besides, on ${pairs} dev ${units.en} differences below ${difference} are not told from sampling error (95 %).`,
  );
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
function repeatTable(state: RunState, say: Say): RootContent[] {
  const repeats = state.trials.filter(({ purpose }) => purpose === 'repeat');
  if (repeats.length === 0) return [];
  const { REPORT_LANGUAGE: language } = state.config.AGENT_SETTINGS;
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
      trialTitle(trial),
      formatScore(trial.result?.score),
      partner ? `#${partner.number} ${trialTitle(partner)}` : '–',
      formatScore(partner?.result.score),
      partner && trial.result ? formatDelta(trial.result.score - partner.result.score) : '–',
      reasonText(trial.reason, language),
    ];
  });
  return [
    paragraph(
      say(
        '用另一种子复测，与同种子的训练成对比较：',
        'Trained again with another seed, and the difference to the training with the same seed:',
      ),
    ),
    table(
      [
        say('试验', 'trial'),
        say('复测', 'repeated'),
        say('得分', 'score'),
        say('对照', 'against'),
        say('得分', 'score'),
        'Δ',
        say('理由', 'reason'),
      ],
      rows,
      [2, 4, 5],
    ),
  ];
}
