/** Everything that the trainings measured, a row for each: what decided, what was measured beside it, and what must hold. */
import { constraintText, metricsOfTrial, parseConstraint } from '../../domain/constraints.ts';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import type { RunState } from '../../domain/runState.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import { inlineCode, paragraph, section, table } from '../document.ts';
import type { Cell, Section } from '../document.ts';
import type { Say } from '../phrases.ts';
import { acceptance } from './trialCells.ts';

/** More columns than this are no table that anybody reads. */
const MOST_METRICS = 8;

/** Nothing where nothing was measured beside the scores. */
export function metricsSection(state: RunState, say: Say): Section[] {
  const { DEFAULT_CONFIG: config } = state.config;
  const { metric, formatScore } = formatsOf(state);
  const constraints = (config.CONSTRAINTS ?? []).map(parseConstraint);
  const measured = state.trials.flatMap((trial) => {
    const metrics = metricsOfTrial(trial);
    return metrics ? [{ trial, metrics }] : [];
  });
  const names = [...new Set(measured.flatMap(({ metrics }) => Object.keys(metrics)))]
    .filter((name) => name !== metric.name)
    .slice(0, MOST_METRICS);
  if (names.length === 0) return [];
  const show = (name: string) => {
    const values = measured.map(({ metrics }) => metrics[name]).filter((value) => typeof value === 'number');
    // Shares and correlations as the scores are written; others as they come.
    const likeScores = metric.scale !== 'free' && values.every((value) => Math.abs(value) <= 1);
    return (value: number | null | undefined) => {
      if (typeof value !== 'number') return '–';
      return likeScores ? value.toFixed(4) : formatValue(Number(value.toPrecision(5)));
    };
  };
  const shown = names.map((name) => ({ name, show: show(name) }));
  const rows = measured.map(({ trial, metrics }): Cell[] => {
    const score = trial.result?.score ?? trial.failure?.facts['score'];
    return [
      String(trial.number),
      say.told(trialTitle(trial, state.trials)),
      formatScore(typeof score === 'number' ? score : null),
      ...shown.map(({ name, show: of }) => of(metrics[name])),
      acceptance(trial, say),
    ];
  });
  const held =
    constraints.length === 0
      ? []
      : [
          paragraph(
            say('须满足的约束：', 'What a training must hold to be admissible:'),
            ' ',
            inlineCode(constraints.map(constraintText).join(', ')),
          ),
        ];
  return section('metrics', say('指标', 'Metrics'), [
    ...held,
    table(
      [say('试验', 'trial'), say('配置', 'configuration'), metric.name, ...names, say('采纳', 'accepted')],
      rows,
      [metric.name, ...names].map((_, index) => index + 2),
    ),
  ]);
}
