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

/** What a stop ends: the rounds of a parameter (then asks about the next), the parameter, the run, or the run at once. */
export const STOP_SCOPES = ['round', 'parameter', 'run', 'now'] as const;
export type StopScope = (typeof STOP_SCOPES)[number];
