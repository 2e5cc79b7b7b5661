/** The report's own words, in the language that was asked for. */
import type { BlockContent, List } from 'mdast';
import type { AgentSettings } from '../domain/agentSettings.ts';
import type { Reason } from '../domain/trials.ts';
import { translated } from '../words/catalogue.ts';
import { blockList, framed, inHtml, list, paragraph, strong } from './document.ts';
import type { Inline } from './document.ts';

/** `mixed`: Chinese and English beside each other. */
export type ReportLanguage = AgentSettings['REPORT_LANGUAGE'];

/** Chooses between Chinese and English. */
export interface Say {
  /** A label or a sentence; both where both are asked for. */
  (zh: string, en: string): string;
  /** A word in a table's cell or a chart: never twice. Where both languages are asked for, English, as trials' names are. */
  cell: (zh: string, en: string) => string;
  /** An English text of elsewhere, such as a note of the run or a trial's name. */
  told: (english: string) => string;
  language: ReportLanguage;
  /** What an adviser or a person wrote stands in both languages, whatever the rest speaks. */
  reasonsInBoth: boolean;
}

/** `reasonsInBoth`: the reasons of a mixed report are in both languages, also where it speaks one. */
export function sayIn(language: ReportLanguage, reasonsInBoth = language === 'mixed'): Say {
  const both = (zh: string, en: string) => (zh === en ? zh : `${zh} ${en}`);
  const chinese = (zh: string, _en: string) => zh;
  const english = (_zh: string, en: string) => en;
  return Object.assign(language === 'mixed' ? both : language === 'zh' ? chinese : english, {
    cell: language === 'zh' ? chinese : english,
    told: (text: string) => (language === 'zh' ? translated(text, 'zh') : text),
    language,
    reasonsInBoth,
  });
}

/** A reason of the agent as part of a line; a dash when there is none. */
export const reasonText = (reason: Reason | null, say: Say): string => (reason ? say(reason.zh, reason.en) : '–');

/** What an adviser wrote: in one language, or in both beside each other. */
export function reasonBlocks(reason: Reason, { language, reasonsInBoth }: Say): BlockContent[] {
  const of = (lang: 'zh' | 'en') => inHtml(paragraph(reason[lang]), { lang });
  if (reason.zh === reason.en) return [paragraph(reason.en)];
  if (!reasonsInBoth) return [paragraph(language === 'zh' ? reason.zh : reason.en)];
  return [framed('both', language === 'en' ? [of('en'), of('zh')] : [of('zh'), of('en')])];
}

/** A paragraph of the report's own; where both languages are asked for, one for each. */
export function paragraphs(say: Say, zh: string, en: string): BlockContent[] {
  if (say.language !== 'mixed') return [paragraph(say(zh, en))];
  return [inHtml(paragraph(zh), { lang: 'zh' }), inHtml(paragraph(en), { lang: 'en' })];
}

/** What a line begins with. The full-width colon is wide enough by itself, and bold would not end after it in Markdown. */
export function label(say: Say, zh: string, en: string): Inline[] {
  return say.language === 'zh' ? [strong(zh), '：'] : [strong(`${say(zh, en)}:`), ' '];
}

/** The same within a line. */
export const plainLabel = (say: Say, zh: string, en: string): string =>
  say.language === 'zh' ? `${zh}：` : `${say(zh, en)}: `;

/** A list whose lines are told in one language, or, where both are asked for, each in both below each other. */
export function linesIn(say: Say, lines: (say: Say) => readonly (readonly Inline[])[]): List {
  if (say.language !== 'mixed') return list(lines(say));
  const english = lines(sayIn('en'));
  return blockList(
    lines(sayIn('zh')).map((chinese, index) => [
      inHtml(paragraph(...chinese), { lang: 'zh' }),
      inHtml(paragraph(...english[index]!), { lang: 'en' }),
    ]),
  );
}

/** Seconds as people read them, in one language: `8.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number, { cell }: Pick<Say, 'cell'>): string {
  if (seconds < 59.95) return cell(`${seconds.toFixed(1)} 秒`, `${seconds.toFixed(1)} s`);
  const [whole, minutes] = [Math.round(seconds), Math.round(seconds / 60)];
  const [inSeconds, inMinutes] = [whole % 60, minutes % 60];
  if (whole < 3600)
    return cell(`${Math.floor(whole / 60)} 分 ${inSeconds} 秒`, `${Math.floor(whole / 60)} min ${inSeconds} s`);
  return cell(`${Math.floor(minutes / 60)} 小时 ${inMinutes} 分`, `${Math.floor(minutes / 60)} h ${inMinutes} min`);
}

/** A moment as people read it, UTC: `2026-01-31 09:05`. */
export const moment = (at: number | string): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
