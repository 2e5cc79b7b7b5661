/**
 * Language models that follow a script: one always proposes what is worst, one something good, by the table's truth; one
 * proposes anything.
 */
import type { Advice, Consultation } from '../../../src/domain/contract.ts';
import type { ProposalReply } from '../../../src/domain/proposals.ts';
import type { RunState } from '../../../src/domain/runState.ts';
import type { PlanReply } from '../../../src/domain/suggestions.ts';
import { mix, placeOf } from './grid.ts';
import type { Grid } from './grid.ts';

export type Script = 'worst' | 'good' | 'random';
/** Of so many values at random each proposes the best (the worst one: the worst). The good one knows much, not everything. */
const CONSIDERED: Record<Script, number> = { worst: Infinity, good: 5, random: 1 };

const reason = (which: Script) => ({
  zh: `脚本顾问给出的建议，供基准测试使用，类型为${{ worst: '最差', good: '良好', random: '随机' }[which]}。`,
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
  const priority_keys = which === 'worst' ? names.slice(-keys).reverse() : names.slice(0, keys);
  return advice({ base_config: [], priority_keys, reason: reason(which) });
}

/** One of the values of its own that it may propose and nobody trained, or of the candidates. */
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
  const considered = possible.toSorted((a, b) => a.order - b.order).slice(0, CONSIDERED[which]);
  const sign = which === 'worst' ? 1 : -1;
  const { key, value } = considered.toSorted((a, b) => sign * (a.truth - b.truth))[0]!;
  // The worst one is sure of itself, too.
  const prediction = which === 'worst' ? { low: 0.98, high: 0.99 } : { low: -1, high: 1 };
  return advice({ reason: reason(which), prediction, action: 'train', proposals: [{ key, value }] });
}
