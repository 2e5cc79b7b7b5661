/** Whether the data can tell configurations apart at all: said before anything is trained. */
import { formatsOf } from './formats.ts';
import { metricOf } from './metric.ts';
import { noticeableDifference } from './noise.ts';
import type { RunState } from './runState.ts';
import { said } from './said.ts';
import { inBoth } from './suggestions.ts';
import { unitsIn } from './trainerFacts.ts';
import { taskWords } from './taskWords.ts';
import type { Reason } from './trials.ts';

/** The smallest difference between two scores that a split shows (95 %), and how many more units would halve it. */
export interface Visible {
  units: number;
  difference: number;
  more: number;
}

/** Differences that tuning brings are rarely above it: a run that sees no smaller ones comes to no verdict. */
const HOPELESS = 0.05;

/** A sampling error halves with four times the units. */
const more = (units: number): number => 3 * units;

/** Null where nothing is known of how a metric varies, or no model has been scored. */
export function visibleIn(state: RunState, split: 'dev' | 'test'): Visible | null {
  const found = state.trainer?.inspection.data.splits[split];
  if (!found || state.untouched === null) return null;
  const units = unitsIn(found);
  const difference = noticeableDifference(state.untouched, units, metricOf(state));
  return difference === null ? null : { units, difference, more: more(units) };
}

/**
 * What can be seen on dev and on held-out rows. `hopeless`: the rows that give the verdict, the held-out ones where there
 * are any, hide whatever tuning may bring. Null where it is not known.
 */
export function visibleText(state: RunState): { hopeless: boolean; text: Reason } | null {
  const dev = visibleIn(state, 'dev');
  if (!dev) return null;
  const test = visibleIn(state, 'test');
  const unit = taskWords(state).units;
  const judging = test ?? dev;
  const { formatSpread } = formatsOf(state);
  const of = ({ units, difference }: Visible, zh: string, en: string): Reason =>
    inBoth(
      `${units} 个${zh}${unit.zh}上只能看出 ${formatSpread(difference)} 以上的差别`,
      said`on ${units} ${en} ${unit.en} only differences above ${formatSpread(difference)} can be seen`,
    );
  const onDev = of(dev, '验证', 'dev');
  const onTest = test && of(test, '留出', 'held-out');
  const halved = inBoth(
    `再增加 ${judging.more} 个${test ? '留出' : '验证'}${unit.zh}可使其减半`,
    said`${judging.more} more ${test ? 'held-out' : 'dev'} ${unit.en} would halve that`,
  );
  const facts = inBoth(
    `${onDev.zh}${onTest ? `，${onTest.zh}` : ''}（95 %）；${halved.zh}`,
    said`${onDev.en}${onTest ? `, ${onTest.en}` : ''} (95 %); ${halved.en}`,
  );
  if (judging.difference <= HOPELESS) return { hopeless: false, text: facts };
  return {
    hopeless: true,
    text: inBoth(`数据太少，难以得出结论：${facts.zh}`, said`the data are too few for a verdict: ${facts.en}`),
  };
}
