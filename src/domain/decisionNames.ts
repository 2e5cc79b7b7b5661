/** What a person can decide, by name. */
export const DECISIONS = [
  'continue',
  'stop-round',
  'stop-parameter',
  'stop-run',
  'stop-now',
  'pause',
  'resume',
  'set',
  'key',
  'repeat',
] as const;
