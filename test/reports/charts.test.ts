/** What a chart shows, by the texts and marks of its picture. */
import { expect, test } from '@jest/globals';
import { drawFigures } from '../../src/reports/charts/figures.ts';
import type { ChartName } from '../../src/reports/charts/figures.ts';
import { textWidth } from '../../src/reports/charts/textWidth.ts';
import type { Curves, ReportFacts } from '../../src/reports/facts.ts';
import { sayIn } from '../../src/reports/phrases.ts';
import { studiedRun } from '../domain/studied.ts';

const oneLoss = (step: number): Curves => ({
  curve: [{ step, epoch: null, loss: 3, learning_rate: null }],
  evals: [25, 50].map((at) => ({ step: at, epoch: null, score: 0.6 + at / 1000 })),
});

async function pictureOf(name: ChartName, language: 'zh' | 'en', change: Partial<ReportFacts> = {}) {
  const state = studiedRun();
  const curves = new Map(state.trials.filter(({ result }) => result).map(({ id }) => [id, oneLoss(25)] as const));
  const facts = { state, workflowId: 'w', curves, secondAttempts: [], notesOfPeople: [], ...change };
  return (await drawFigures(facts, sayIn(language))).get(name)!.svg;
}

/** Left and right ends of each entry of a legend, by the label's width. */
function legendEntries(svg: string): { from: number; to: number; text: string }[] {
  const groups = [...svg.matchAll(/role-legend"[^>]*><g transform="translate\(([-\d.]+),[-\d.]+\)"/g)];
  return groups.flatMap((group, index) => {
    const inside = svg.slice(group.index, groups[index + 1]?.index);
    const start = Number(group[1]);
    return [...inside.matchAll(/<text text-anchor="start"[^>]*>([^<]+)<\/text>/g)].map(([, text = '']) => ({
      from: start,
      to: start + 16 + textWidth({ fontSize: 12 }, text),
      text,
    }));
  });
}

test('legends beside each other keep apart in Chinese, too', async () => {
  const run = studiedRun();
  const trials = run.trials.map(({ predicted, ...trial }) => ({
    ...trial,
    ...(predicted ? { predicted: { ...predicted, byAdviser: null } } : {}),
  }));
  const entries = legendEntries(await pictureOf('predictions', 'zh', { state: { ...run, trials } }));
  const search = entries.find(({ text }) => text === '搜索模型')!;
  const inside = entries.find(({ text }) => text === '在区间内')!;
  expect(inside.from).toBeGreaterThan(search.to);
});

test('a loss that was told once is a point, since it is no line', async () => {
  const points = (svg: string) => svg.match(/aria-roledescription="point"/g)?.length ?? 0;
  const once = points(await pictureOf('learning_curves', 'en'));
  const { trials } = studiedRun();
  const twice = { ...oneLoss(25), curve: [...oneLoss(25).curve, ...oneLoss(50).curve] };
  const curves = new Map(trials.filter(({ result }) => result).map(({ id }) => [id, twice] as const));
  expect(once - points(await pictureOf('learning_curves', 'en', { curves }))).toBe(6);
});

test('a training without a score lies below every score', async () => {
  const svg = await pictureOf('score_by_trial', 'en');
  const heights = [...svg.matchAll(/aria-roledescription="point" transform="translate\([-\d.]+,([-\d.]+)\)"/g)];
  const low = heights.map(([, y]) => Number(y)).sort((a, b) => b - a);
  expect(low[0]).toBe(273);
  expect(low[1]).toBeLessThanOrEqual(260);
});

test('a text is as wide as its signs, of which Chinese ones are wider, and never wider than its limit', () => {
  expect(textWidth({ fontSize: 10 }, 'abc')).toBe(18);
  expect(textWidth({ fontSize: 10 }, '留出集')).toBe(30);
  expect(textWidth({ fontSize: 10, limit: 20 }, '留出集')).toBe(20);
});
