/** The report of a run: Markdown, charts beside it, and the same as one HTML file. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import type { Root, RootContent } from 'mdast';
import writeFileAtomic from 'write-file-atomic';
import { advisedRounds } from '../domain/advised.ts';
import type { RunState } from '../domain/runState.ts';
import { dropLeftovers } from '../processes/leftovers.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { learningCurves } from './charts/learningCurves.ts';
import { renderSvg } from './charts/render.ts';
import { scoreByTrial } from './charts/scoreByTrial.ts';
import { document, heading, image, inlineCode, paragraph } from './document.ts';
import { gatherFacts } from './facts.ts';
import type { ReportFacts } from './facts.ts';
import { toStandaloneHtml } from './html.ts';
import { sayIn } from './phrases.ts';
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
import { findings } from './sections/findings.ts';
import { metricsSection } from './sections/metrics.ts';
import { modelsSection } from './sections/models.ts';
import { noiseSection } from './sections/noise.ts';
import { outlookSection, proposersSection } from './sections/outlook.ts';
import { stepSections } from './sections/steps.ts';
import { openingSection, planSection } from './sections/trials.ts';
import { verdictSection } from './sections/verdict.ts';

export interface ReportOptions {
  workflowId: string;
  /** Relative paths of REPORT_DIR start here. */
  root?: string;
}

/**
 * Writes the report; its name comes from the run, so writing it again replaces it. Returns the Markdown's path,
 * relative to the root.
 */
export async function writeReportFiles(
  state: RunState,
  { workflowId, root = PROJECT_ROOT }: ReportOptions,
): Promise<{ path: string }> {
  const facts = await gatherFacts(state, workflowId);
  const say = sayIn(state.config.AGENT_SETTINGS.REPORT_LANGUAGE);
  const name = reportName(state);
  const folder = path.resolve(root, state.config.AGENT_SETTINGS.REPORT_DIR);
  await mkdir(path.join(folder, name), { recursive: true });
  await Promise.all([dropLeftovers(folder, `${name}.`), dropLeftovers(path.join(folder, name))]);
  const charts = new Map<string, string>();
  for (const [chart, spec] of [
    ['score_by_trial', scoreByTrial(state, say)],
    ['learning_curves', learningCurves(facts, say)],
  ] as const) {
    if (!spec) continue;
    const svg = await renderSvg(spec);
    charts.set(`${name}/${chart}.svg`, svg);
    await writeFileAtomic(path.join(folder, name, `${chart}.svg`), svg);
  }
  const tree = reportTree(facts, [...charts.keys()], say);
  await writeFileAtomic(path.join(folder, `${name}.html`), toStandaloneHtml(tree, `${state.run}`, charts));
  await writeFileAtomic(
    path.join(folder, `${name}.md`),
    toMarkdown(tree, { bullet: '-', extensions: [gfmToMarkdown()] }),
  );
  return { path: path.relative(root, path.join(folder, `${name}.md`)) };
}

/** `agent_run_report_<timestamp>`: the timestamp (UTC) that ends the run's name. */
export function reportName(state: RunState): string {
  const own = /(\d{8})-(\d{6})$/.exec(state.run);
  const timestamp = own
    ? `${own[1]}_${own[2]}`
    : new Date(state.startedAt).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
  return `agent_run_report_${timestamp}`;
}

/** Who advised: the model's name only where it advised a round, and how many. */
function adviserName(state: RunState, say: Say): string {
  if (!state.adviser) return '–';
  const { byModel, rounds } = advisedRounds(state);
  if (state.adviser.kind === 'local') return state.adviser.model;
  return byModel > 0
    ? say(
        `${state.adviser.model}（${rounds} 轮中的 ${byModel} 轮）`,
        `${state.adviser.model} (${byModel} of ${rounds} rounds)`,
      )
    : say(`搜索模型（${state.adviser.model} 未参与）`, `search model (${state.adviser.model} advised no round)`);
}

/** The whole report as a tree, in the order in which a reader asks. */
export function reportTree(facts: ReportFacts, charts: readonly string[], say: Say): Root {
  const { state } = facts;
  const chart = (name: string, title: string, caption = ''): RootContent[] =>
    charts.flatMap((address) =>
      address.endsWith(`${name}.svg`)
        ? [heading(2, title), image(address, title), ...(caption ? [paragraph(caption)] : [])]
        : [],
    );
  const band = state.noise
    ? say(
        '浅色带：默认配置仅换种子时得分的 95 % 范围。',
        'The band: where other seeds of the default configuration fall (95 %).',
      )
    : '';
  return document([
    heading(1, say('微调调优报告', 'Tuning report')),
    ...verdictSection(state, say),
    paragraph(
      inlineCode(state.run),
      ` · ${say('状态', 'status')}: ${state.status} · ${say('顾问', 'adviser')}: ${adviserName(state, say)}`,
    ),
    ...findings(state, say),
    ...chart('score_by_trial', say('各试验得分', 'Score by trial'), band),
    ...planSection(state, say),
    ...modelsSection(state, say),
    ...openingSection(state, say),
    ...noiseSection(state, say),
    ...stepSections(state, say),
    ...metricsSection(state, say),
    ...chart('learning_curves', say('学习曲线', 'Learning curves')),
    ...eventSections(facts, say),
    ...confirmationSection(state, say),
    ...proposersSection(state, say),
    ...outlookSection(state, say),
    ...costSection(state, say),
    ...expectationsSection(state, say),
    ...configurationSection(state, say),
    ...provenanceSection(facts, say),
    ...reproduceSection(state, say),
    ...summarySection(state, say),
  ]);
}
