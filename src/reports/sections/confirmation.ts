/** Default against winner, on the split that gave the score and on the one that nobody saw. */
import type { RootContent } from 'mdast';
import { formatDelta, formatScore } from '../../domain/progress.ts';
import { standardError } from '../../domain/noise.ts';
import { baselineOf, incumbentOf } from '../../domain/runState.ts';
import type { RunState } from '../../domain/runState.ts';
import { heading, paragraph, table } from '../document.ts';
import type { Say } from '../phrases.ts';

export function confirmationSection(state: RunState, say: Say): RootContent[] {
  const best = incumbentOf(state);
  const baseline = baselineOf(state);
  if (!best || !state.trainer) return [];
  const { dev, test } = state.trainer.inspection.data.splits;
  const error = (score: number | undefined, pairs: number) =>
    score === undefined ? '–' : `±${standardError(score, pairs).toFixed(4)}`;
  const row = (split: string, pairs: number, first: number | undefined, second: number) => [
    split,
    String(pairs),
    formatScore(first),
    formatScore(second),
    first === undefined ? '–' : formatDelta(second - first),
    error(second, pairs),
  ];
  const { confirmation } = state;
  const rows = [row(`${say('验证', 'dev')} ${dev.name}`, dev.rows, baseline?.result.score, best.result.score)];
  if (confirmation)
    rows.push(
      row(
        `${say('留出', 'held-out')} ${test?.name ?? ''}`,
        confirmation.pairs,
        confirmation.baseline,
        confirmation.best,
      ),
    );
  const content: RootContent[] = [
    heading(2, say('默认与最优', 'Default against winner')),
    table(
      [
        say('切片', 'split'),
        say('句对', 'pairs'),
        say('默认', 'default'),
        say('最优', 'winner'),
        'Δ',
        say('标准误', 'standard error'),
      ],
      rows,
      [1, 2, 3, 4, 5],
    ),
  ];
  if (confirmation?.difference)
    content.push(
      paragraph(
        say(
          '留出集差异的 95 % 区间由配对自助法（2000 次）得出：',
          'The 95 % interval of the held-out difference, by a paired bootstrap of 2,000 resamples:',
        ),
        ` [${formatDelta(confirmation.difference.low)}, ${formatDelta(confirmation.difference.high)}].`,
      ),
    );
  if (confirmation && confirmation.seeds.length > 0) {
    content.push(
      paragraph(say('用新种子重新训练后的留出得分：', 'Held-out scores after training again with fresh seeds:')),
    );
    content.push(
      table(
        [say('种子', 'seed'), say('默认', 'default'), say('最优', 'winner'), 'Δ'],
        confirmation.seeds.map((seed) => [
          String(seed.seed),
          formatScore(seed.baseline),
          formatScore(seed.best),
          seed.baseline === null || seed.best === null ? '–' : formatDelta(seed.best - seed.baseline),
        ]),
        [1, 2, 3],
      ),
    );
  }
  return content;
}
