/** Numbers as people read them, the same on every screen and in every report. */

/** A score as people read it: four decimals, or a dash. */
export function formatScore(score: number | null | undefined): string {
  return score === null || score === undefined ? '–' : score.toFixed(4);
}

/** A parameter value as people read it: 2e-5 rather than 0.00002. */
export function formatValue(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (value !== 0 && Math.abs(value) < 1e-3)
    return value
      .toExponential()
      .replace(/e([+-])0*/, 'e$1')
      .replace('e+', 'e');
  return String(value);
}

export function formatDelta(delta: number | null): string {
  if (delta === null) return '–';
  return `${delta >= 0 ? '+' : '−'}${Math.abs(delta).toFixed(4)}`;
}
