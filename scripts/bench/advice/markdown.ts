/** Tables and figures as Markdown; what was not measured says so. */
import type { Estimate } from './measures.ts';

export const NOT_MEASURED = 'not measured';

/** `.213 (.198–.229)`. */
export function figure(estimate: Estimate | null, digits = 3): string {
  if (!estimate) return NOT_MEASURED;
  const short = (value: number) => value.toFixed(digits).replace(/^(-?)0\./, '$1.');
  return `${short(estimate.mean)} (${short(estimate.low)}–${short(estimate.high)})`;
}

/** `12.1 % (11.0–13.4)`. */
export function percent(estimate: Estimate | null): string {
  if (!estimate) return NOT_MEASURED;
  const short = (value: number) => (100 * value).toFixed(1);
  return `${short(estimate.mean)} % (${short(estimate.low)}–${short(estimate.high)})`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
