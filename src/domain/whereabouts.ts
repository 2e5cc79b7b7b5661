/** Where a run is, and why: its headline for people, and the reason of what it does just now. */
import { formatsOf } from './formats.ts';
import type { RunState } from './runState.ts';
import { inBoth } from './suggestions.ts';
import { trialTitle, trialVerdict } from './trialWords.ts';
import type { Reason, Trial } from './trials.ts';

export interface Whereabouts {
  title: Reason;
  /** Why it does that, or what the question is about; null where the title says it all. */
  why: Reason | null;
}

export function whereabouts(state: RunState): Whereabouts {
  const { inbox, inHand, status, phase } = state;
  if (phase === 'ended') return ended(state);
  if (inbox.gate) return atGate(state, inbox.paused);
  if (inbox.paused && inHand.length === 0)
    return {
      title: inBoth('已暂停：等待恢复', 'Paused: waits until it is resumed'),
      why: lastNote(state),
    };
  if (status === 'running' && inHand.length > 0) return training(state);
  return { title: withKey(PHASE_WORDS[phase], state), why: phase === 'tuning' ? (state.plan?.reason ?? null) : null };
}

const PHASE_WORDS: Record<Exclude<RunState['phase'], 'ended'>, Reason> = {
  preparing: inBoth('正在检查数据、模型和顾问', 'Checks data, model and adviser'),
  baseline: inBoth('正在测量默认配置', 'Measures the default configuration'),
  planning: inBoth('正在选择要调的参数', 'Chooses which parameters to tune'),
  tuning: inBoth('正在选择下一次训练', 'Chooses the next training'),
  confirming: inBoth('正在用留出数据复核', 'Confirms the winner on held-out data'),
  publishing: inBoth('正在发布模型', 'Publishes the model'),
  summarising: inBoth('正在总结', 'Sums up'),
  reporting: inBoth('正在写报告', 'Writes the report'),
};

/** The key in hand and its round. */
function withKey(title: Reason, { phase, queue, round, config }: RunState): Reason {
  const [key] = queue;
  if (phase !== 'tuning' || !key || round === 0) return title;
  const rounds = config.AGENT_SETTINGS.ROUNDS_PER_PARAM;
  return inBoth(`${title.zh}：${key}，第 ${round}/${rounds} 轮`, `${title.en}: ${key}, round ${round} of ${rounds}`);
}

/** Trainings side by side that the headline names. */
const NAMED = 2;

function training({ inHand, config }: RunState): Whereabouts {
  const rounds = config.AGENT_SETTINGS.ROUNDS_PER_PARAM;
  const names = inHand.slice(0, NAMED).map((trial) => {
    const { number, round } = trial;
    const title = trialTitle(trial);
    return inBoth(
      `试验 ${number}：${title}${round === null ? '' : `（第 ${round}/${rounds} 轮）`}`,
      `trial ${number}: ${title}${round === null ? '' : ` (round ${round} of ${rounds})`}`,
    );
  });
  const more = inHand.length - names.length;
  return {
    title: inBoth(
      `正在训练${names.map(({ zh }) => zh).join('；')}${more > 0 ? `，另有 ${more} 次` : ''}`,
      `Trains ${names.map(({ en }) => en).join('; ')}${more > 0 ? `, and ${more} more` : ''}`,
    ),
    why: inHand[0]!.reason,
  };
}

function atGate(state: RunState, paused: boolean): Whereabouts {
  const { kind, key, valueFor } = state.inbox.gate!;
  const held = paused ? inBoth('已暂停，', 'Paused, and ') : inBoth('', '');
  const questions: Record<typeof kind, Reason> = {
    round: inBoth(`继续调 ${key} 吗？`, `go on with ${key}?`),
    parameter: inBoth(`${key} 已完成，继续调 ${valueFor} 吗？`, `${key} is done: go on with ${valueFor}?`),
    training: inBoth('继续搜索吗？', 'go on with the search?'),
  };
  const waits = paused ? 'waits' : 'Waits';
  return {
    title: inBoth(
      `${held.zh}等待人的决定：${questions[kind].zh}`,
      `${held.en}${waits} for a person: ${questions[kind].en}`,
    ),
    why: lastTrial(state),
  };
}

/** What the last training brought, which the question is about. */
function lastTrial(state: RunState): Reason | null {
  const trial = state.trials.at(-1);
  return trial ? outcomeOf(trial, state) : null;
}

function outcomeOf(trial: Trial, state: RunState): Reason {
  const { formatScore, formatDelta } = formatsOf(state);
  const { number, result, delta, failure } = trial;
  const title = trialTitle(trial);
  if (!result)
    return inBoth(
      `试验 ${number}（${title}）${failure?.message ?? ''}`,
      `Trial ${number} (${title}): ${trialVerdict(trial)}; ${failure?.message ?? ''}`,
    );
  const change = delta === null ? '' : formatDelta(delta);
  return inBoth(
    `试验 ${number}（${title}）得分 ${formatScore(result.score)}${change && `（${change}）`}，${trial.accepted ? '已接受' : '未接受'}`,
    `Trial ${number} (${title}) scored ${formatScore(result.score)}${change && ` (${change})`}: ${trialVerdict(trial)}`,
  );
}

const ENDINGS: Record<Exclude<RunState['status'], 'running'>, Reason> = {
  completed: inBoth('已完成', 'Done'),
  stopped: inBoth('已由人停止', 'Stopped by a person'),
  cancelled: inBoth('已取消', 'Cancelled'),
  failed: inBoth('失败', 'Failed'),
};

function ended({ status, endedEarly }: RunState): Whereabouts {
  const title = status === 'running' ? ENDINGS.completed : ENDINGS[status];
  return { title, why: endedEarly === null ? null : inBoth(endedEarly, endedEarly) };
}

function lastNote({ notes }: RunState): Reason | null {
  const note = notes.at(-1);
  return note === undefined ? null : inBoth(note, note);
}
