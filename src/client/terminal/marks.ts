/** Small drawings of one line: bars, a sparkline, times. */

/** `share`: 0 to 1, else the nearer end. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

const LEVELS = '▁▂▃▄▅▆▇█';
const FAILED = '×';

/** One sign for each score, higher for higher; null: failed. Of more than fit, the last ones. */
export function sparkline(scores: readonly (number | null)[], width: number): string {
  const known = scores.filter((score) => score !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const level = (score: number) =>
    high === low ? LEVELS[3] : LEVELS[Math.round(((score - low) / (high - low)) * (LEVELS.length - 1))];
  return scores
    .slice(-width)
    .map((score) => (score === null ? FAILED : level(score)))
    .join('');
}

/** `4:12`, `1:04:12`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const [minutes, rest] = [Math.floor(whole / 60), two(whole % 60)];
  return minutes >= 60 ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}` : `${minutes}:${rest}`;
}
