/**
 * What Temporal's Web UI shows of a run at the top of its page: what it does, why, what can be done, and its trials. In
 * English, or in Chinese where REPORT_LANGUAGE is zh; reasons in both where it is mixed.
 */
import { anytimeAnswer } from './anytimeAnswer.ts';
import { rivalWords, rivalName, untouchedScore } from './baseModels.ts';
import type { DecisionView } from './decisionView.ts';
import { detailsTable } from './detailsTable.ts';
import { whatIsLeft } from './estimate.ts';
import { firstText, leftText } from './estimateWords.ts';
import { formatValue, formatsOf } from './formats.ts';
import { code, escaped, markdownTable } from './markdown.ts';
import { poolOf } from './pool.ts';
import type { RunState } from './runState.ts';
import { baselineOf, findTrial, incumbentOf } from './runTrials.ts';
import { inBoth } from './suggestions.ts';
import { trialTitle } from './trialWords.ts';
import type { Reason } from './trials.ts';
import { verdictOf } from './verdict.ts';
import { waysOn } from './waysOn.ts';
import { whereabouts } from './whereabouts.ts';

/** Notes that are shown; all of them are in the report. */
const NEWEST_NOTES = 3;

/** @param view - What a decision would be judged by now. */
export function currentDetails(state: RunState, view: DecisionView): string {
  const { REPORT_LANGUAGE: language } = state.config.AGENT_SETTINGS;
  const say: Say = (reason) => (language === 'zh' ? reason.zh : reason.en);
  const both: Say = ({ zh, en }) => (language === 'mixed' && zh !== en ? `${en} ${zh}` : say({ zh, en }));
  const { title, why } = whereabouts(state);
  const can = ways(state, view, say);
  const done = trials(state, say);
  // Who is asked looks for the answers first.
  const waits = state.inbox.gate !== null || state.inbox.paused;
  return [
    `### ${escaped(say(title))}`,
    ...facts(state, why, say, both),
    ...(waits ? can.concat(done) : done.concat(can)),
    ...notes(state, say),
  ].join('\n\n');
}

type Say = (reason: Reason) => string;

function facts(state: RunState, why: Reason | null, say: Say, both: Say): string[] {
  const verdict = verdictOf(state);
  const line = (name: Reason, text: string | null) =>
    text === null ? [] : [`- **${say(name)}**${say(inBoth('：', ': '))}${text}`];
  const lines = [
    ...(verdict ? [`- **${escaped(both(verdict.line))}**`] : []),
    ...line(inBoth('下一步', 'Next'), verdict && escaped(both(verdict.next))),
    ...line(
      state.inbox.gate ? inBoth('上一次训练', 'Last training') : inBoth('原因', 'Why'),
      why && escaped(both(why)),
    ),
    ...line(inBoth('槽位', 'Slot'), slot(state, say)),
    ...line(inBoth('再训练', 'More trainings'), state.inbox.gate && escaped(say(anytimeAnswer(state).rounds.reason))),
    ...line(inBoth('预期', 'Expected'), expected(state, say)),
    ...line(inBoth('目前', 'So far'), soFar(state, say)),
    ...line(inBoth('参数', 'Parameters'), parameters(state)),
    ...line(inBoth('时间', 'Time'), time(state, say)),
    ...line(inBoth('顾问', 'Adviser'), state.adviser && escaped(`${state.adviser.model}: ${state.adviser.note}`)),
    ...line(inBoth('模型', 'Model'), state.bestModel && code(state.bestModel)),
    ...line(inBoth('报告', 'Report'), state.report && code(state.report)),
  ];
  return lines.length > 0 ? [lines.join('\n')] : [];
}

/** The run learns that a training has begun when it ends; the server knows it before. */
function slot({ inHand, status }: RunState, say: Say): string | null {
  if (status !== 'running' || inHand.length === 0) return null;
  return say(
    inBoth(
      '有空闲槽位时训练才开始：在 *Pending Activities* 中，`Scheduled` 表示还在等待，`Started` 表示已被工作进程接手',
      'a training begins once one is free: under *Pending Activities*, `Scheduled` still waits, `Started` was taken by a worker',
    ),
  );
}

/** The score that the training in hand was predicted to have. */
function expected(state: RunState, say: Say): string | null {
  const predicted = state.inHand[0]?.predicted;
  const { formatEnds } = formatsOf(state);
  const of = (name: Reason, interval: { low: number; high: number } | null | undefined) => {
    if (!interval) return [];
    const [low, high] = formatEnds(interval);
    return [say(inBoth(`${name.zh} ${low} 至 ${high}`, `${name.en} ${low} to ${high}`))];
  };
  const texts = [
    ...of(inBoth('搜索模型：', 'search model'), predicted?.byModel),
    ...of(inBoth('语言模型：', 'language model'), predicted?.byAdviser),
  ];
  return texts.length > 0 ? texts.join(say(inBoth('；', '; '))) : null;
}

function soFar(state: RunState, say: Say): string | null {
  const { formatScore } = formatsOf(state);
  const best = incumbentOf(state);
  if (!best) return null;
  const baseline = baselineOf(state);
  const untouched = untouchedScore(state);
  const title = escaped(trialTitle(findTrial(state, best.id)!));
  const texts = [
    inBoth(
      `最佳 ${formatScore(best.result.score)}（试验 ${best.number}，${title}）`,
      `best ${formatScore(best.result.score)} (trial ${best.number}, ${title})`,
    ),
    ...(baseline && baseline.id !== best.id
      ? [inBoth(`默认配置 ${formatScore(baseline.result.score)}`, `default ${formatScore(baseline.result.score)}`)]
      : []),
    ...(untouched === null ? [] : [untouchedText(state, formatScore(untouched))]),
    ...(state.spent > 0
      ? [
          inBoth(
            `已用 ${state.spent}/${poolOf(state.config)} 次训练`,
            `${state.spent} of ${poolOf(state.config)} trainings used`,
          ),
        ]
      : []),
  ];
  return texts.map(say).join(say(inBoth('，', ', ')));
}

function untouchedText(state: RunState, score: string): Reason {
  const words = rivalWords(rivalName(state));
  return inBoth(`${escaped(words.zh)} ${score}`, `${escaped(words.en)} ${score}`);
}

/** Parameters in their order: those that are done with their values, the one in hand, those to come. */
function parameters({ fixed, queue, phase }: RunState): string | null {
  const done = fixed.map(({ key, value }) => `${escaped(key)} = ${escaped(formatValue(value))}`);
  const [inHand, ...later] = phase === 'tuning' ? queue.map(escaped) : [];
  const all = [...done, ...(inHand === undefined ? [] : [`**${inHand}**`]), ...later];
  return all.length > 0 ? all.join(' → ') : null;
}

/** What the run was said to take at first, and what is left of it. */
function time(state: RunState, say: Say): string | null {
  if (!state.firstEstimate) return null;
  const left = state.phase === 'ended' ? null : whatIsLeft(state);
  const first = say(firstText(state.firstEstimate));
  const now = left && say(leftText(left));
  return escaped(
    say(inBoth(`最初估计：${first}${now ? `；现在${now}` : ''}`, `at first: ${first}${now ? `; now ${now}` : ''}`)),
  );
}

/** What a person can do now, to be copied: a signal for this page, or the end of a command. */
function ways(state: RunState, view: DecisionView, say: Say): string[] {
  const possible = waysOn(state, view);
  if (possible.length === 0) return [];
  const head = [inBoth('做什么', 'to'), inBoth('信号', 'signal'), inBoth('其输入', 'its input')];
  const rows = possible.map(({ what, signal, input }) => [
    escaped(say(what)),
    code(signal),
    input === null ? say(inBoth('（无）', 'none')) : code(input),
  ]);
  const decisions = possible.map(({ decision }) => code(decision)).join(', ');
  const command = code(`npm run decide -- ${state.run} …`);
  return [
    `#### ${say(inBoth('可以做什么', 'What one can do'))}`,
    say(
      inBoth(
        '在此页：*More Actions* → *Send a Signal*，填写名称和输入。',
        'On this page: *More Actions* → *Send a Signal*, with name and input.',
      ),
    ),
    markdownTable(head.map(say), rows),
    say(
      inBoth(
        `或在终端里：${command}，其后写 ${decisions}。`,
        `Or in a terminal: ${command} with, for the dots, ${decisions}.`,
      ),
    ),
  ];
}

function trials(state: RunState, say: Say): string[] {
  if (state.trials.length === 0) return [];
  const archived = state.archived.trials;
  return [
    `#### ${say(inBoth('试验', 'Trials'))}`,
    detailsTable(state),
    ...(archived > 0
      ? [say(inBoth(`另有 ${archived} 次更早的试验，见报告。`, `${archived} earlier ones are in the report.`))]
      : []),
  ];
}

function notes({ notes: all }: RunState, say: Say): string[] {
  const newest = all.slice(-NEWEST_NOTES);
  if (newest.length === 0) return [];
  return [
    `#### ${say(inBoth('最近的备注', 'Newest notes'))}`,
    newest
      .reverse()
      .map((note) => `- ${escaped(note)}`)
      .join('\n'),
  ];
}
