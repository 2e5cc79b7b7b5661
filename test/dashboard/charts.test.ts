/** The static charts of a run, at the widths of a phone and of a wide screen. */
import { describe, expect, test } from '@jest/globals';
import { chartOf } from '../../src/dashboard/charts/charts.ts';
import { isScored, ofSearch } from '../../src/domain/trials.ts';
import { recorded } from './page/fixtureServer.ts';

const NARROW = 320;
const WIDE = 1300;
const { view } = recorded('ended');
const scored = view.trials.filter(ofSearch).filter(isScored);

describe.each([NARROW, WIDE])('at %i pixels', (width) => {
  const drawn = async (name: 'scores' | 'parameters' | 'parallel') =>
    (await chartOf(view, name, { language: 'en', width }))!;

  test.each(['scores', 'parameters', 'parallel'] as const)('%s is whole, and no wider', async (name) => {
    const svg = await drawn(name);
    expect(svg).not.toMatch(/NaN|undefined/);
    // What is wider is shown smaller, its words as well.
    expect(Number(/<svg[^>]* width="(\d+)"/.exec(svg)![1])).toBeLessThanOrEqual(width);
  });

  test('each training has a line through all axes, and no name of an axis is cut off', async () => {
    const svg = await drawn('parallel');
    const lines = [...svg.matchAll(/<path aria-label="\d+: [^"]*"[^>]*aria-roledescription="line mark" d="([^"]*)"/g)];
    const axes = svg.match(/<line [^>]*stroke="var\(--edge\)"/g)!.length;
    expect(lines.map(([, path]) => path!.split('L').length)).toEqual(scored.map(() => axes));
    expect(svg).not.toContain('…');
  });
});
