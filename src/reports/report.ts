/** The whole report as trees, in the order in which a reader asks. */
import type { RootContent } from 'mdast';
import { advisedRounds } from '../domain/advised.ts';
import type { RunState, RunStatus } from '../domain/runState.ts';
import type { Reason } from '../domain/trials.ts';
import type { Place } from './charts/figures.ts';
import { inHtml, inlineCode, paragraph, section } from './document.ts';
import type { Section } from './document.ts';
import type { ReportFacts } from './facts.ts';
import { moment, plainLabel, reasonText } from './phrases.ts';
import type { Say } from './phrases.ts';
import {
  configurationSection,
  costSection,
  provenanceSection,
  reproduceSection,
  summarySection,
} from './sections/appendix.ts';
import { confirmationSection } from './sections/confirmation.ts';
import { eventSections } from './sections/events.ts';
import { expectationsSection } from './sections/expectations.ts';
import { banners, findings } from './sections/findings.ts';
import { headlineOf } from './sections/headline.ts';
import { metricsSection } from './sections/metrics.ts';
import { modelsSection } from './sections/models.ts';
import { noiseSection } from './sections/noise.ts';
import { outlookSection, proposersSection } from './sections/outlook.ts';
import { stepSections } from './sections/steps.ts';
import { openingSection, planSection } from './sections/trials.ts';
import { verdictCard } from './sections/verdict.ts';

export interface Report {
  title: string;
  /** The verdict in a few words. */
  headline: string;
  /** What the table of contents is called. */
  contents: string;
  /** Before the first section: the verdict, what it took, and who advised. */
  opening: RootContent[];
  sections: Section[];
}

export function reportOf(facts: ReportFacts, place: Place, say: Say): Report {
  const { state } = facts;
  return {
    title: say('微调调优报告', 'Tuning report'),
    headline: reasonText(headlineOf(state).text, say),
    contents: say('目录', 'Contents'),
    opening: [...verdictCard(state, say), aboutRun(state, say), ...banners(state, say)],
    sections: [
      ...findings(state, say),
      ...confirmationSection(state, say, place),
      ...section('scores', say('各试验得分', 'Score by trial'), place('score_by_trial')),
      ...section('parameters', say('参数与得分', 'Parameters and scores'), place('parameter_scores')),
      ...planSection(state, say),
      ...modelsSection(state, say),
      ...openingSection(facts, say),
      ...stepSections(facts, say),
      ...proposersSection(state, say, place),
      ...noiseSection(state, say),
      ...section('curves', say('学习曲线', 'Learning curves'), place('learning_curves')),
      ...metricsSection(state, say),
      ...eventSections(facts, say),
      ...outlookSection(state, say),
      ...costSection(state, say, place),
      ...expectationsSection(state, say),
      ...summarySection(state, say),
      ...reproduceSection(state, say),
      ...configurationSection(state, say),
      ...provenanceSection(facts, say),
    ],
  };
}

const STATUS: Record<RunStatus, Reason> = {
  running: { zh: '进行中', en: 'running' },
  completed: { zh: '已完成', en: 'completed' },
  stopped: { zh: '已停止', en: 'stopped' },
  cancelled: { zh: '已取消', en: 'cancelled' },
  failed: { zh: '失败', en: 'failed' },
};

const aboutRun = (state: RunState, say: Say): RootContent =>
  inHtml(
    paragraph(
      inlineCode(state.run),
      ` · ${moment(state.startedAt)} UTC · `,
      plainLabel(say, '状态', 'status'),
      `${reasonText(STATUS[state.status], say)} · `,
      plainLabel(say, '顾问', 'adviser'),
      adviserName(state, say),
    ),
    { class: 'about' },
  );

/** Who advised: the model's name only where it advised a round, and how many. */
function adviserName(state: RunState, say: Say): string {
  if (!state.adviser) return '–';
  const { byModel, rounds } = advisedRounds(state);
  if (state.adviser.kind === 'local') return say.told(state.adviser.model);
  return byModel > 0
    ? say(
        `${state.adviser.model}（${rounds} 轮中的 ${byModel} 轮）`,
        `${state.adviser.model} (${byModel} of ${rounds} rounds)`,
      )
    : say(`搜索模型（${state.adviser.model} 未参与）`, `search model (${state.adviser.model} advised no round)`);
}
