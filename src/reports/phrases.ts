/** The report's own words, in the language that was asked for. */
import type { AgentSettings } from '../domain/settings.ts';
import type { Reason } from '../domain/trials.ts';

export type Language = AgentSettings['REPORT_LANGUAGE'];
/** Chooses between Chinese and English; mixed gives both. */
export type Say = (zh: string, en: string) => string;

export function sayIn(language: Language): Say {
  if (language === 'zh') return (zh) => zh;
  if (language === 'en') return (_zh, en) => en;
  return (zh, en) => (zh === en ? zh : `${zh} ${en}`);
}

/** A reason of an adviser or of the agent; a dash when there is none. */
export function reasonText(reason: Reason | null, language: Language): string {
  if (!reason) return '–';
  if (language === 'zh') return reason.zh;
  if (language === 'en') return reason.en;
  return reason.zh === reason.en ? reason.en : `${reason.zh} ${reason.en}`;
}

/** Seconds as people read them: `8.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
