/** Who advises a run, with which key, and how the language model has answered lately. */

/** Shown on every screen and in the report. */
export interface AdviserFacts {
  kind: 'openai' | 'local';
  model: string;
  /** Why this one, in a sentence a person reads. */
  note: string;
}

/** Where a run's key for the adviser lies: the name of an entry on the workers' machine, never the key itself. */
export interface AdviserAccess {
  /** Null: the run has no key. */
  ref: string | null;
  /** Where the client found the key, for people: `environment`, `.env`. */
  origin: string;
}

/** How the language model has answered lately: questions in a row. */
export interface AdviserHealth {
  /** That brought no reply, with all their attempts. */
  unanswered: number;
  /** That were answered, but with nothing that could be used. */
  unusable: number;
  /** That it was not asked since it was given up for a while. */
  skipped: number;
}
export const HEALTHY: AdviserHealth = { unanswered: 0, unusable: 0, skipped: 0 };
