/** What a person can do with a run now: each way as a decision for the command line, and as a signal for Temporal's Web UI. */
import { currentValues } from './configurations.ts';
import { receive } from './decisions.ts';
import type { Decision } from './decisions.ts';
import type { DecisionView } from './decisionView.ts';
import { formatValue } from './formats.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import type { RunState } from './runState.ts';
import { inBoth } from './suggestions.ts';
import type { Reason } from './trials.ts';

export interface WayOn {
  what: Reason;
  signal: string;
  /** What the signal carries, as JSON; null: nothing. */
  input: string | null;
  /** What `npm run decide -- RUN` takes for it. */
  decision: string;
}

/** The ways that would not be refused at this moment, the most likely one first. */
export function waysOn(state: RunState, view: DecisionView): WayOn[] {
  const possible = (decision: Decision) => receive(state.inbox, decision, view).outcome !== 'refused';
  return decisionsFor(state, view, possible)
    .filter(possible)
    .map((decision) => wayOf(decision, state, view));
}

function decisionsFor(state: RunState, view: DecisionView, possible: (decision: Decision) => boolean): Decision[] {
  const { gate } = state.inbox;
  const current = currentValues(state);
  const inHand = gate?.valueFor ?? view.inHand;
  const [first] = inHand === null ? view.openKeys : [inHand];
  const value =
    first === undefined
      ? null
      : exampleFor(first, view, (decision) => decision.value !== current[first] && possible(decision));
  const another = Object.keys(view.spaces).find((key) => key !== inHand && key !== gate?.key);
  return [
    { decision: 'resume' },
    ...(gate ? [{ decision: 'continue' as const }] : []),
    ...(value === null ? [] : [value]),
    ...(another === undefined ? [] : [{ decision: 'key' as const, key: another }]),
    { decision: 'repeat' },
    { decision: 'stop-round' },
    { decision: 'stop-parameter' },
    { decision: 'stop-run' },
    { decision: 'stop-now' },
    { decision: 'pause' },
  ];
}

/** A value of a key that may be tried now; null: none was found. */
function exampleFor(key: string, { spaces }: DecisionView, possible: (decision: Decision) => boolean): Decision | null {
  const space = spaces[key];
  if (!space) return null;
  const decisions = examplesIn(space).map((value): Decision => ({ decision: 'set', key, value }));
  return decisions.find(possible) ?? null;
}

function examplesIn({ choices, min, max, scale, type }: ParameterSpace): (string | number)[] {
  if (choices) return choices;
  const [low, high] = [min!, max!];
  const between = (share: number) => (scale === 'log' ? low * (high / low) ** share : low + (high - low) * share);
  return [0.5, 0.65, 0.35, 0.8, 0.2]
    .map(between)
    .map((value) => (type === 'int' ? Math.round(value) : Number(value.toPrecision(1))))
    .concat(low, high);
}

function wayOf({ decision, key, value }: Decision, { inbox }: RunState, { inHand }: DecisionView): WayOn {
  const scope = (name: string) => ({ signal: 'stop', input: `{"scope": "${name}"}`, decision: `stop-${name}` });
  const plain = { signal: decision, input: null, decision };
  const ofKey = inbox.gate?.key ?? inHand ?? '';
  switch (decision) {
    case 'continue':
      return { what: inBoth('继续', 'go on'), ...plain };
    case 'resume':
      return { what: inBoth('恢复运行', 'let it go on'), ...plain };
    case 'pause':
      return { what: inBoth('在下一个问题处暂停', 'hold at the next question'), ...plain };
    case 'repeat':
      return {
        what: inBoth('换一个种子重新训练目前最佳', 'train the best so far again, with another seed'),
        ...plain,
      };
    case 'set':
      return {
        what: inBoth(`接下来试 ${key} 的某个值`, `try a value of ${key} next`),
        signal: 'override',
        input: `{"key": ${JSON.stringify(key)}, "value": ${typeof value === 'number' ? formatValue(value) : JSON.stringify(value)}}`,
        decision: `set ${shellWord(`${key}=${formatValue(value)}`)}`,
      };
    case 'key':
      return {
        what: inBoth('接下来改另一个参数', 'change another key next'),
        signal: 'key',
        input: `{"key": ${JSON.stringify(key)}}`,
        decision: `key ${key}`,
      };
    case 'stop-round':
      return {
        what: inBoth(
          `结束 ${ofKey} 的轮次，再询问下一个参数`,
          `end the rounds of ${ofKey}, then ask about the next parameter`,
        ),
        ...scope('round'),
      };
    case 'stop-parameter':
      return {
        what: inBoth(`结束 ${ofKey}，转到下一个参数`, `end ${ofKey}, and go on with the next one`),
        ...scope('parameter'),
      };
    case 'stop-run':
      return {
        what: inBoth('结束搜索，复核并发布最佳', 'end the search; the best is confirmed and published'),
        ...scope('run'),
      };
    case 'stop-now':
      return {
        what: inBoth('立即结束，不等正在进行的训练', 'the same at once, without the training in hand'),
        ...scope('now'),
      };
  }
}

/** A word as a shell takes it whole. */
const shellWord = (word: string): string => (/^[\w./:@=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
