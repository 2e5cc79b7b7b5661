/** The run at a glance: the score of each trial, the incumbent's line, the noise around the default, what failed. */
import { metricOf, shownScore } from '../../domain/metric.ts';
import { noticeableDifference } from '../../domain/noise.ts';
import { formatsOf } from '../../domain/formats.ts';
import type { RunState } from '../../domain/runState.ts';
import { baselineOf } from '../../domain/runTrials.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import type { Reason, ScoredTrial } from '../../domain/trials.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import { unitsIn } from '../../domain/trainerFacts.ts';
import { taskWords } from '../../domain/taskWords.ts';
import type { Say } from '../phrases.ts';
import { outcomeEncoding, outcomeName } from './outcomes.ts';
import { light } from './palette.ts';
import type { Chart } from './render.ts';

const HEIGHT = 280;
/** Pixels kept free of scores above and below them; those without one have their place in it. */
const PADDING = 20;

/** Null when no trial has a score. */
export function scoreByTrial(state: RunState, say: Say): Chart | null {
  const competing = state.trials.filter(ofSearch);
  const scored = competing.filter(isScored);
  if (scored.length === 0) return null;
  const metric = metricOf(state);
  const axis = taskWords(state).axis;
  const shownAs = (score: number) => shownScore(metric, score);
  let best: ScoredTrial | null = null;
  const points = competing.map((trial) => {
    if (isScored(trial) && trial.accepted && trial.result.score > (best?.result.score ?? -Infinity)) best = trial;
    return {
      trial: trial.number,
      score: trial.result ? shownAs(trial.result.score) : null,
      outcome: outcomeName(trial, say),
      best: best === null ? null : shownAs(best.result.score),
    };
  });
  const first = points[0]!.trial;
  const last = points.at(-1)!.trial;
  const winner = best as ScoredTrial | null;
  const band = inOrder(noiseBand(state, scored).map(shownAs));
  const x = {
    field: 'trial',
    type: 'quantitative' as const,
    title: say('试验', 'trial'),
    scale: { domain: [first - 0.5, last + 0.5], nice: false },
    axis: { format: 'd', tickMinStep: 1, grid: false },
  };
  const y = {
    type: 'quantitative' as const,
    title: say(`得分（${axis.zh}）`, `score (${axis.en})`),
    scale: { zero: false, padding: PADDING },
  };
  const label = winner && {
    trial: winner.number,
    score: shownAs(winner.result.score),
    text: `${formatsOf(state).formatScore(winner.result.score)}: ${say.told(trialTitle(winner))}`,
  };
  const mark = { type: 'point' as const, size: 80, strokeWidth: 1.8, opacity: 1 };
  const outcomes = outcomeEncoding(competing, say);
  const onTheRight = winner !== null && winner.number > (first + last) / 2;
  return {
    alt: altText(state, competing.length, winner, say),
    caption: captionOf(state),
    spec: {
      width: 720,
      height: HEIGHT,
      data: { values: points },
      layer: [
        {
          data: { values: [{ ...band, from: first - 0.5, to: last + 0.5 }] },
          mark: { type: 'rect', color: light('blue'), opacity: 0.12 },
          encoding: {
            x: { ...x, field: 'from' },
            x2: { field: 'to' },
            y: { field: 'low', ...y },
            y2: { field: 'high' },
          },
        },
        {
          mark: { type: 'line', interpolate: 'step-after', color: light('blue'), strokeWidth: 1.8 },
          encoding: { x, y: { field: 'best', ...y } },
        },
        {
          transform: [{ filter: 'datum.score !== null' }],
          mark,
          encoding: { x, y: { field: 'score', ...y }, ...outcomes },
        },
        // Below all scores, so that nobody reads one off it.
        {
          transform: [{ filter: 'datum.score === null' }],
          mark,
          encoding: { x, y: { value: HEIGHT - 7 }, ...outcomes },
        },
        ...(label
          ? [
              {
                data: { values: [label] },
                mark: {
                  type: 'text' as const,
                  align: onTheRight ? ('right' as const) : ('left' as const),
                  dx: onTheRight ? -9 : 9,
                  dy: metric.direction === 'minimize' ? 12 : -12,
                },
                encoding: { x, y: { field: 'score', ...y }, text: { field: 'text' } },
              },
            ]
          : []),
      ],
    },
  };
}

function altText(state: RunState, trials: number, winner: ScoredTrial | null, say: Say): string {
  const { formatScore } = formatsOf(state);
  const baseline = baselineOf(state);
  const ends = say.cell(
    winner ? `最高采纳得分 ${formatScore(winner.result.score)}，见试验 ${winner.number}` : '没有采纳的试验',
    winner
      ? `the best accepted score is ${formatScore(winner.result.score)}, of trial ${winner.number}`
      : 'none was accepted',
  );
  const began = baseline
    ? say.cell(
        `默认配置 ${formatScore(baseline.result.score)}，`,
        `the default scored ${formatScore(baseline.result.score)}, `,
      )
    : '';
  return say.cell(`${trials} 次试验的得分：`, `Scores of ${trials} trials: `) + began + ends;
}

function captionOf({ noise }: RunState): Reason {
  const band = noise
    ? {
        zh: '浅色带：默认配置仅换种子时得分的 95 % 范围。',
        en: 'The band: where other seeds of the default configuration fall (95 %).',
      }
    : {
        zh: '浅色带：抽样误差无法与最优分辨的范围。',
        en: 'The band: what sampling error does not tell from the best.',
      };
  return {
    zh: `折线：到此为止采纳的最优得分。${band.zh}没有得分的训练画在底线上。`,
    en: `The line: the best accepted so far. ${band.en} Trainings without a score are at the bottom.`,
  };
}

const inOrder = ([one, other]: number[]): { low: number; high: number } => ({
  low: Math.min(one!, other!),
  high: Math.max(one!, other!),
});

/**
 * Where other seeds of the default fall (95 %), around the mean of those trained; before 0.4.0, which measured no noise,
 * the sampling error below the best.
 */
function noiseBand(state: RunState, scored: readonly ScoredTrial[]): [number, number] {
  const baseline = baselineOf(state);
  if (state.noise && baseline) {
    const defaults = scored.filter(({ id, purpose }) => id === baseline.id || purpose === 'noise');
    const mean = defaults.reduce((sum, { result }) => sum + result.score, 0) / defaults.length;
    return [mean - 1.96 * state.noise.atDefault, mean + 1.96 * state.noise.atDefault];
  }
  const best = Math.max(...scored.map(({ result }) => result.score));
  const units = state.trainer ? unitsIn(state.trainer.inspection.data.splits.dev) : 0;
  const noise = noticeableDifference(best, units, metricOf(state)) ?? 0;
  return [best - noise, best];
}
