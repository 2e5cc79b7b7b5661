/** What the server answers and tells its page: both are checked against it. */
import type { Language } from '../words/catalogue.ts';
import type { RunRow, RunView } from './runs.ts';
import type { Progress, Step } from './tail.ts';

/** `version`: the release. */
export interface Session {
  canChange: boolean;
  version: string;
}

/** `language`: the one that the server itself speaks; `zh`: Chinese by English template. */
export interface Words {
  language: Language;
  zh: Record<string, string>;
}

/** `problem`: what cannot be told now, and why. */
export interface RunList {
  runs: RunRow[];
  problem: string | null;
}

/** What events carry, by their name. */
export interface News {
  run: RunView;
  runs: RunList;
  step: Step;
  progress: Progress;
  /** The run has been removed. */
  gone: Record<string, never>;
}

/** One event with what it carries. */
export type OneOf<Event extends keyof News> = { [Name in Event]: { event: Name; data: News[Name] } }[Event];
