/** Language models that follow a script: one always proposes what is worst, one something good. They know the table's truth. */
import type { Advice, Consultation } from '../../../src/activities/contract.ts';
import type { ProposalReply } from '../../../src/domain/proposals.ts';
import type { RunState } from '../../../src/domain/runState.ts';
import type { PlanReply } from '../../../src/domain/suggestions.ts';
import { mix, placeOf } from './grid.ts';
import type { Grid } from './grid.ts';

export type Script = 'worst' | 'good';
/** Of so many values at random the good one proposes the best: it knows much, not everything. */
const CONSIDERED = 5;

const reason = (which: Script) => ({
  zh: `脚本顾问给出的建议，供基准测试使用，类型为${which === 'worst' ? '最差' : '良好'}。`,
  en: `A script for the benchmark proposes what is ${which} by the table's own truth.`,
});

const advice = <T>(value: T): Advice<T> => ({
  value,
  problem: null,
  raw: JSON.stringify(value),
  model: 'scripted',
  usage: { promptTokens: 1, completionTokens: 1 },
});

/** The usual first keys, or the last ones. */
export function scriptedPlan(grid: Grid, which: Script, keys: number): Advice<PlanReply> {
  const names = Object.keys(grid.spaces);
  const priority_keys = which === 'good' ? names.slice(0, keys) : names.slice(-keys).reverse();
  return advice({ base_config: [], priority_keys, reason: reason(which) });
}

/** Of the values of its own that it may propose and nobody trained, the worst one or a good one; else of the candidates. */
export function scriptedNext(
  grid: Grid,
  which: Script,
  state: RunState,
  request: Consultation,
  run: number,
): Advice<ProposalReply> {
  const { study, question } = request.context.evidence!;
  const base = study!.base.values;
  const seen = new Set(state.trials.map(({ values }) => placeOf(grid, values)));
  const own = question!.keys.flatMap((key) => grid.spaces[key]!.choices.map((value) => ({ key, value })));
  const candidates = study!.candidates
    .slice(0, question!.candidates)
    .map(({ change }, index) => ({ key: 'CANDIDATE', value: index + 1, change }));
  const rated = (change: Record<string, string | number>) => {
    const place = placeOf(grid, { ...base, ...change });
    return { seen: seen.has(place), truth: grid.truth[place]!, order: mix(place, run + seen.size) };
  };
  const possible = [
    ...own.map((one) => ({ ...one, ...rated({ [one.key]: one.value }) })).filter((one) => !one.seen),
    ...candidates.map(({ change, ...one }) => ({ ...one, ...rated(change) })),
  ];
  const considered = which === 'worst' ? possible : possible.toSorted((a, b) => a.order - b.order).slice(0, CONSIDERED);
  const sign = which === 'worst' ? 1 : -1;
  const { key, value } = considered.toSorted((a, b) => sign * (a.truth - b.truth))[0]!;
  // The worst one is sure of itself, too.
  const prediction = which === 'worst' ? { low: 0.98, high: 0.99 } : { low: -1, high: 1 };
  return advice({ reason: reason(which), prediction, action: 'train', proposals: [{ key, value }] });
}
