/**
 * Colours and shapes of the charts. None says anything by its colour alone: shapes, dashes and labels say the same, for
 * readers who print in black and white or do not tell colours apart.
 */

/** By role: what stands in the SVG, and what a dark screen shows instead. */
const COLOURS = {
  paper: ['#ffffff', 'transparent'],
  text: ['#374151', '#d1d5db'],
  axis: ['#6b7280', '#9ca3af'],
  grid: ['#e5e7eb', '#374151'],
  blue: ['#2f5f9e', '#7fb0f0'],
  red: ['#b3364a', '#f0899a'],
  green: ['#1f7a50', '#5fcf9b'],
  violet: ['#6d4795', '#c3a3e6'],
  orange: ['#a75d0b', '#f0b060'],
  teal: ['#2c7a79', '#6fd0ce'],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

export const light = (role: keyof typeof COLOURS): string => COLOURS[role][0];

/** Lines of a chart that has several, the first ones first: each has its colour, its dashes and its shape. */
export const LINES = [
  { colour: light('blue'), dash: [1, 0], shape: 'circle' },
  { colour: light('red'), dash: [6, 3], shape: 'square' },
  { colour: light('green'), dash: [2, 2], shape: 'triangle-up' },
  { colour: light('violet'), dash: [9, 3, 2, 3], shape: 'diamond' },
  { colour: light('orange'), dash: [12, 4], shape: 'triangle-down' },
  { colour: light('teal'), dash: [5, 2, 1, 2, 1, 2], shape: 'cross' },
] as const;

/** An X, which Vega has not. */
export const X_SHAPE = 'M-.8,-.8L.8,.8M-.8,.8L.8,-.8';

/** For an inline SVG on a dark screen: rules outrank the SVG's own attributes. */
export const darkRules = (scope: string): string =>
  Object.values(COLOURS)
    .flatMap(([from, to]) => ['fill', 'stroke'].map((what) => `${scope} [${what}="${from}"]{${what}:${to}}`))
    .join('');
