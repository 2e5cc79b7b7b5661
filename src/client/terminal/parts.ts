/** What is shown of several parts where there is no room for all. */

/** Some lines, and how much is lost without them. */
export interface Part {
  lines: string[];
  weight: number;
}

/** The lines of all parts, without those that are lost least where they are more than `rows`; of the last one its first lines. */
export function fitting(parts: readonly Part[], rows: number): string[] {
  const filled = parts.filter(({ lines }) => lines.length > 0);
  const lines = filled.flatMap((part) => part.lines);
  if (lines.length <= rows) return lines;
  if (filled.length === 1) return lines.slice(0, Math.max(1, rows));
  const least = filled.reduce((a, b) => (b.weight < a.weight ? b : a));
  return fitting(
    filled.filter((part) => part !== least),
    rows,
  );
}
