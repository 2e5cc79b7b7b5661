/** The first lines: what held-out data say, what was published and why, what to do next. */
import type { RootContent } from 'mdast';
import type { RunState } from '../../domain/runState.ts';
import { verdictOf } from '../../domain/verdict.ts';
import { paragraph, strong } from '../document.ts';
import { reasonText } from '../phrases.ts';
import type { Say } from '../phrases.ts';

export function verdictSection(state: RunState, say: Say): RootContent[] {
  const verdict = verdictOf(state);
  if (!verdict) return [];
  const { REPORT_LANGUAGE: language } = state.config.AGENT_SETTINGS;
  return [
    paragraph(strong(reasonText(verdict.line, language))),
    paragraph(strong(say('下一步：', 'Next:')), ` ${reasonText(verdict.next, language)}`),
  ];
}
