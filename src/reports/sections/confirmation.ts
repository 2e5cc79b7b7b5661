/** Default against winner, on the split that gave the score and on the one that nobody saw; by arm and seed. */
import type { BlockContent } from 'mdast';
import type { Confirmation } from '../../domain/confirmation.ts';
import { formatsOf } from '../../domain/formats.ts';
import type { ScoreFormats } from '../../domain/formats.ts';
import { rivalName, untouchedScore } from '../../domain/baseModels.ts';
import { baselineOf, incumbentOf } from '../../domain/runTrials.ts';
import { unitsIn } from '../../domain/trainerFacts.ts';
import { taskWords } from '../../domain/taskWords.ts';
import { standardError } from '../../domain/noise.ts';
import type { RunState } from '../../domain/runState.ts';
import type { Reason } from '../../domain/trials.ts';
import type { Place } from '../charts/figures.ts';
import { paragraph, section, table } from '../document.ts';
import type { Cell, Section } from '../document.ts';
import { paragraphs } from '../phrases.ts';
import type { Say } from '../phrases.ts';

export function confirmationSection(state: RunState, say: Say, place: Place): Section[] {
  const best = incumbentOf(state);
  const { confirmation } = state;
  const formats = formatsOf(state);
  const { units } = taskWords(state);
  if (!best || !state.trainer) return [];
  return section('confirmation', say('默认与最优', 'Default against winner'), [
    ...place('held_out_difference'),
    splitTable(state, say),
    ...(confirmation
      ? [...interval(confirmation, { formats, units }, say), ...armsBySeed(confirmation, formats, say)]
      : []),
  ]);
}

/** An own training's splits have no other name than what they are for. */
const named = (what: string, name: string): string => (/^(dev|test)$/.test(name) ? what : `${what} ${name}`);

function splitTable(state: RunState, say: Say): BlockContent {
  const { confirmation } = state;
  const untouched = untouchedScore(state);
  const model = rivalName(state);
  const { metric, formatScore, formatDelta, formatSpread } = formatsOf(state);
  const { units } = taskWords(state);
  const { dev, test } = state.trainer!.inspection.data.splits;
  const baseline = baselineOf(state)?.result.score;
  const withUntouched = untouched !== null || confirmation?.untouched !== undefined;
  const row = (
    name: string,
    pairs: number,
    scores: [number | null | undefined, number | undefined, number],
  ): Cell[] => {
    const [bare, first, second] = scores;
    const error = standardError(second, pairs, metric);
    return [
      name,
      pairs === 0 ? '–' : String(pairs),
      ...(withUntouched ? [formatScore(bare)] : []),
      formatScore(first),
      formatScore(second),
      error === null ? '–' : `±${formatSpread(error)}`,
      first === undefined ? '–' : formatDelta(second - first),
    ];
  };
  const rows = [
    row(named(say.cell('验证', 'dev'), dev.name), unitsIn(dev), [
      untouched,
      baseline,
      incumbentOf(state)!.result.score,
    ]),
  ];
  if (confirmation)
    rows.push(
      row(named(say.cell('留出', 'held-out'), test?.name ?? ''), confirmation.pairs, [
        confirmation.untouched,
        confirmation.baseline,
        confirmation.best,
      ]),
    );
  const header = [
    say('切片', 'split'),
    say(units.zh, units.en),
    ...(withUntouched ? [say('原模型', 'untouched') + (model ? ` ${model}` : '')] : []),
    say('默认', 'default'),
    say('最优', 'winner'),
    // Not the difference's, which is told on the same rows and far more exactly: the interval below.
    say('单个得分的标准误', 'standard error of one score'),
    say('最优 − 默认', 'winner − default'),
  ];
  return table(header, rows, header.map((_, index) => index).slice(1));
}

function interval(
  { difference, overUntouched, verdict, seedSd, seeds }: Confirmation,
  { formats, units }: { formats: ScoreFormats; units: Reason },
  say: Say,
): BlockContent[] {
  const { formatDelta, formatDeltaEnds, formatSpread } = formats;
  if (!difference) return [];
  const numbers = (of: { mean: number; low: number; high: number }) => `[${formatDeltaEnds(of).join(', ')}]`;
  // Before 0.4.0 the interval was over pairs alone.
  if (verdict === undefined)
    return paragraphs(
      say,
      `留出集差异的 95 % 区间由配对自助法（2000 次）得出：${numbers(difference)}。`,
      `The 95 % interval of the held-out difference, by a paired bootstrap of 2,000 resamples: ${numbers(difference)}.`,
    );
  const both = (of: { mean: number; low: number; high: number }) => `${formatDelta(of.mean)} ${numbers(of)}`;
  const spread = seedSd
    ? {
        zh: `种子间标准差（留出集）：默认 ${formatSpread(seedSd.baseline)}，最优 ${formatSpread(seedSd.best)}（${seedSd.measured ? '已测量' : '估计，未测量'}）。`,
        en: ` Standard deviation between seeds, on held-out ${units.en}: default ${formatSpread(seedSd.baseline)}, winner ${formatSpread(seedSd.best)} (${seedSd.measured ? 'measured' : 'a guess, not measured'}).`,
      }
    : { zh: '', en: '' };
  const over = overUntouched
    ? {
        zh: `最优减原模型：${both(overUntouched)}。`,
        en: ` Winner minus untouched model: ${both(overUntouched)}.`,
      }
    : { zh: '', en: '' };
  return paragraphs(
    say,
    `最优减默认的 95 % 区间，覆盖${units.zh}与训练随机性（${seeds.length} 个种子；Obuchowski & Rockette 1995）：${both(difference)}。${over.zh}${spread.zh}`,
    `The 95 % interval of winner minus default, over ${units.en} and the randomness of training (${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}; Obuchowski & Rockette 1995): ${both(difference)}.${over.en}${spread.en}`,
  );
}

function armsBySeed({ seeds }: Confirmation, { formatScore, formatDelta }: ScoreFormats, say: Say): BlockContent[] {
  if (seeds.length === 0) return [];
  const rows: Cell[][] = seeds.map(({ seed, baseline, best }) => [
    String(seed),
    formatScore(baseline),
    formatScore(best),
    baseline === null || best === null ? '–' : formatDelta(best - baseline),
  ]);
  return [
    paragraph(say('各种子训练后的留出得分：', 'Held-out scores by seed:')),
    table([say('种子', 'seed'), say('默认', 'default'), say('最优', 'winner'), 'Δ'], rows, [1, 2, 3]),
  ];
}
