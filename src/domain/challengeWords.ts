/** Why a challenger is trained again before it replaces the best so far, and what came of it. */
import type { ScoreFormats } from './formats.ts';
import { noiseText } from './searchWords.ts';
import type { Noise } from './study.ts';
import { said } from './said.ts';
import { inBoth } from './suggestions.ts';
import type { Reason } from './trials.ts';

/** Scores of both on one seed. */
export interface SeedPair {
  seed: number;
  challenger: number;
  incumbent: number;
}

/** Mean of the paired differences, challenger minus incumbent, and its standard error (null from one seed alone). */
export function pairedDifference(pairs: readonly SeedPair[]): { mean: number; error: number | null } {
  const differences = pairs.map(({ challenger, incumbent }) => challenger - incumbent);
  const count = differences.length;
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / count;
  if (count < 2) return { mean, error: null };
  const variance = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0) / (count - 1);
  return { mean, error: Math.sqrt(variance / count) };
}

/** Why it is trained again: two seeds of one configuration differ by √2 times the spread between seeds. */
export function challenged(
  challenger: number,
  incumbent: number,
  { noise, seed }: { noise: Noise; seed: number },
  formats: ScoreFormats,
): Reason {
  const { metric, formatScore, formatSpread } = formats;
  const spread = noiseText(noise, formats);
  const usual = formatSpread(Math.SQRT2 * noise.atBase);
  const ahead = formatSpread(challenger - incumbent);
  const more = metric.direction === 'minimize' ? inBoth('低', 'below') : inBoth('高', 'above');
  return inBoth(
    `${formatScore(challenger)} 比目前最优的 ${formatScore(incumbent)} ${more.zh} ${ahead}，而仅种子不同的两次训练就常相差 ${usual}（${spread.zh}）：先用种子 ${seed} 与目前最优成对复测，再决定是否取代。`,
    `${formatScore(challenger)} is ${ahead} ${more.en} the best so far (${formatScore(incumbent)}), but two trainings that differ in their seed alone differ by ${usual} (${spread.en}): it is trained again with seed ${seed}, paired with the best so far, before it takes its place.`,
  );
}

/** What the repeats came to. */
export function challengeOutcome(
  pairs: readonly SeedPair[],
  replaces: boolean,
  { formatScore, formatDelta, formatSpread }: ScoreFormats,
): Reason {
  const { mean, error } = pairedDifference(pairs);
  const seeds = pairs.map(({ seed }) => seed).join(', ');
  const scores = pairs
    .map(({ challenger, incumbent }) => `${formatScore(challenger)} / ${formatScore(incumbent)}`)
    .join(', ');
  const about =
    error === null
      ? inBoth('', '')
      : inBoth(`（标准误 ${formatSpread(error)}）`, said` (standard error ${formatSpread(error)})`);
  return inBoth(
    `种子 ${seeds}：挑战者／目前最优 ${scores}，平均差 ${formatDelta(mean)}${about.zh}：${replaces ? '取代目前最优' : '不取代目前最优'}。`,
    said`Seeds ${seeds}: challenger / best so far ${scores}, ${formatDelta(mean)} on average${about.en}: it ${replaces ? said`replaces` : said`does not replace`} the best so far.`,
  );
}
