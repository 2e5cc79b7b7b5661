/** A run in progress for tests of the terminal: two values of LEARNING_RATE are measured, a third one is trained now. */
import type { LiveFacts } from '../../../src/client/terminal/liveBlock.ts';
import type { View } from '../../../src/client/terminal/view.ts';
import type { Gate } from '../../../src/domain/inbox.ts';
import { progressOf } from '../../../src/domain/progress.ts';
import type { RunState } from '../../../src/domain/runState.ts';
import type { TrialInHand } from '../../../src/domain/trials.ts';
import type { TrainingPointer } from '../../../src/training/watch.ts';
import { TIMING } from '../../domain/runs.ts';
import { studiedRun } from '../../domain/studied.ts';

export const pointer = (change: Partial<TrainingPointer> = {}): TrainingPointer => ({
  pid: 1,
  phase: 'train',
  step: 5,
  totalSteps: 25,
  epoch: 0.2,
  loss: 3.5,
  learningRate: 2e-5,
  pairsPerSecond: 30,
  etaSeconds: 61,
  devScore: null,
  resumedFrom: null,
  trainSeconds: 3,
  ...change,
});

export const IN_HAND: TrialInHand = {
  number: 10,
  purpose: 'round',
  key: 'LEARNING_RATE',
  round: 2,
  seed: 42,
  values: { LEARNING_RATE: 5e-5 },
  change: { LEARNING_RATE: 5e-5 },
  remedies: [],
  proposedBy: 'search',
  reason: {
    en: 'The widest gap is between 2e-5 and 1e-4; a rate in between has not been measured yet, and tells whether more is to be gained by a larger one. Whatever comes of it, the next key follows.',
    zh: '已尝试的值之间最大的空档在 2e-5 与 1e-4 之间；中间的学习率还没有测量过，可以说明更大的学习率是否还有收益。无论结果如何，接着调优下一个参数。',
  },
  predicted: { byModel: { low: 0.7, high: 0.75 }, byAdviser: null },
};

export const FIRST = {
  seconds: { low: 240, middle: 360, high: 540 },
  trainings: { low: 8, middle: 14, high: 16 },
  usd: null,
};

export const tuningRun = (change: Partial<RunState> = {}): RunState => ({
  ...studiedRun(),
  phase: 'tuning',
  status: 'running',
  queue: ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS'],
  round: 2,
  confirmation: null,
  published: null,
  bestModel: null,
  timing: TIMING,
  firstEstimate: FIRST,
  inHand: [IN_HAND],
  ...change,
});

export const factsOf = (state: RunState, change: Partial<LiveFacts> = {}): LiveFacts => ({
  progress: progressOf(state),
  trials: state.trials,
  pointers: [pointer({ number: 10 })],
  waiting: [],
  elapsedSeconds: 252,
  notices: [],
  ...change,
});

export const gateOf = (kind: Gate['kind'], change: Partial<Gate> = {}): Gate => ({
  id: 'the gate',
  kind,
  key: 'LEARNING_RATE',
  valueFor: { round: 'LEARNING_RATE', parameter: 'NUM_TRAIN_EPOCHS', training: null }[kind],
  keeps: [],
  round: 1,
  deadline: null,
  ...change,
});

export const WIDTHS = [40, 60, 80, 120];
export const view = (width: number, rows = 40): View => ({ width, rows });

export const plainText = (lines: readonly string[]): string => lines.join('\n').replace(/\u001b\[\d+m/g, '');
