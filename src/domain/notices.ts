/** What a person is told who does not look: a run waits for them, or has ended. */
import { formatsOf } from './formats.ts';
import type { RunState, RunStatus } from './runState.ts';
import { baselineOf, incumbentOf } from './runTrials.ts';
import { shownOrNull } from './shownScores.ts';
import { metricOf } from './metric.ts';
import type { Reason, ScoredTrial } from './trials.ts';
import { trialTitle } from './trialWords.ts';
import { verdictOf } from './verdict.ts';

const NOTICE_TYPES = ['run.waiting', 'run.ended'] as const;

export interface Notice {
  /** Of the event, for ever: a receiver that has seen it may leave it out. */
  id: string;
  type: (typeof NOTICE_TYPES)[number];
  run: string;
  /** In a few sentences that need nothing beside them. */
  text: Reason;
  /** What the run waits for; null when it has ended. */
  question: { id: string; answers: string[] } | null;
  status: RunStatus;
  /** Trial, title and score (as the metric counts it) of the best so far; null: none. */
  best: { trial: string; title: string; score: number | null } | null;
  /** Held-out verdict; null before the end, and where nothing was confirmed. */
  verdict: string | null;
  /** Why it ended before its end, in English as the run keeps it; it stands in both texts. */
  because: string | null;
}

/** `since`: unix milliseconds; one question, or one step, may be waited for more than once. */
export interface Waiting {
  id: string;
  since: number;
  paused: boolean;
}

const SENTENCE_END = { zh: '。', en: '. ' } as const;

/** A question is open, or nobody but a person can mend what the run needs (`paused`). */
export function waitingNotice(state: RunState, waits: Waiting): Notice {
  const why = waits.paused
    ? { zh: '运行已暂停：语言模型不可用', en: 'the run is paused: the language model fails' }
    : questionText(state);
  return {
    ...common(state, `${state.run}/${waits.id}@${waits.since}`),
    type: 'run.waiting',
    text: sentences([why, bestText(state)]),
    question: { id: waits.id, answers: waits.paused ? ['resume', 'stop-run'] : answersOf(state) },
  };
}

/** The run has ended, whatever way. */
export function endNotice(state: RunState): Notice {
  const verdict = verdictOf(state);
  const ended: Reason =
    state.status === 'failed'
      ? {
          zh: `运行失败：${state.endedEarly ?? '原因未知'}`,
          en: `the run failed: ${state.endedEarly ?? 'unknown reason'}`,
        }
      : state.endedEarly
        ? { zh: `运行提前结束：${state.endedEarly}`, en: `the run ended early: ${state.endedEarly}` }
        : { zh: '运行已结束', en: 'the run has ended' };
  return {
    ...common(state, `${state.run}/ended`),
    type: 'run.ended',
    text: sentences([ended, ...(verdict ? [verdict.line, verdict.next] : [])]),
    question: null,
    verdict: verdict?.verdict ?? null,
  };
}

function common(state: RunState, id: string): Omit<Notice, 'type' | 'text' | 'question'> {
  const best = incumbentOf(state);
  const metric = metricOf(state);
  return {
    id,
    run: state.run,
    status: state.status,
    best: best && { trial: best.id, title: trialTitle(best), score: shownOrNull(metric, best.result.score) },
    verdict: null,
    because: state.endedEarly,
  };
}

/** As they are typed after `npm run decide -- RUN`. */
const answersOf = ({ inbox: { gate } }: RunState): string[] => [
  'continue',
  gate?.kind === 'round' ? 'stop-round' : 'stop-run',
  ...(gate?.valueFor ? [`set ${gate.valueFor}=VALUE`] : []),
];

function questionText(state: RunState): Reason {
  const gate = state.inbox.gate;
  if (gate?.kind === 'round')
    return {
      zh: `${gate.key} 第 ${gate.round} 轮结束，是否继续？`,
      en: `round ${gate.round} of ${gate.key} is done; continue?`,
    };
  return gate?.valueFor
    ? { zh: `是否继续调下一个参数 ${gate.valueFor}？`, en: `go on with the next parameter, ${gate.valueFor}?` }
    : { zh: '是否继续下一次训练？', en: 'go on with the next training?' };
}

function bestText(state: RunState): Reason {
  const best = incumbentOf(state);
  if (!best) return { zh: '尚无得分', en: 'there is no score yet' };
  const { formatScore } = formatsOf(state);
  const baseline = baselineOf(state);
  const before = baseline && baseline.id !== best.id ? formatScore(baseline.result.score) : null;
  const what = titleOf(best);
  return {
    zh: `目前最优 ${formatScore(best.result.score)}（${what.zh}）${before ? `，默认配置 ${before}` : ''}`,
    en: `best so far ${formatScore(best.result.score)} (${what.en})${before ? `, default ${before}` : ''}`,
  };
}

function titleOf(trial: ScoredTrial): Reason {
  const title = trialTitle(trial);
  return { zh: trial.purpose === 'baseline' ? '默认配置' : title, en: title };
}

/** One text of several, each with a capital and an end. */
function sentences(texts: readonly Reason[]): Reason {
  const ended = (text: string, end: string) => (/[.。?？!！]\s*$/.test(text) ? text : `${text}${end.trim()}`);
  const capital = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`;
  return {
    zh: texts.map(({ zh }) => ended(zh, SENTENCE_END.zh)).join(''),
    en: texts.map(({ en }) => capital(ended(en, SENTENCE_END.en))).join(' '),
  };
}
