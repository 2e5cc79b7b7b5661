/** Bars: how far each training is, the rounds of the parameter in hand, and the whole run. */
import stringWidth from 'string-width';
import { leftText } from '../../domain/estimateWords.ts';
import type { TrainingPointer } from '../../training/watch.ts';
import { t } from '../../words/catalogue.ts';
import type { LiveFacts } from './liveBlock.ts';
import { bar, clock } from './marks.ts';
import { fitted, joined, padded } from './view.ts';
import type { View } from './view.ts';
import { reasonText } from './words.ts';

/** As wide as the longest of the names, in both languages. */
export const NAME = 8;

/** Of more trainings at once the others are counted. */
const MOST = 6;

type Facts = Pick<LiveFacts, 'progress' | 'pointers'>;

/** A bar for each training that runs, and one for the rounds of its parameter. */
export function progressBars({ progress, pointers }: Facts, view: View): string[] {
  const running = pointers.filter(({ totalSteps }) => totalSteps);
  const several = Math.max(running.length, progress.inHand?.length ?? 0) > 1;
  const shown = running.slice(0, MOST);
  const lines = shown.map((pointer) => {
    const name = several && pointer.number !== undefined ? `${t`trial`} ${pointer.number}` : t`step`;
    return barLine(name, pointer.step / pointer.totalSteps!, trainingParts(pointer), view);
  });
  const more = running.length > MOST ? [`  ${t`and ${running.length - MOST} more`}`] : [];
  const { key, phase, round, roundsPerKey } = progress;
  if (phase !== 'tuning' || !key || round < 1) return [...lines, ...more];
  const inRound = running[0] ? Math.min(1, running[0].step / running[0].totalSteps!) : 0;
  const share = (round - 1 + inRound) / roundsPerKey;
  return [...lines, ...more, barLine(t`round`, share, [`${round}/${roundsPerKey}`], view)];
}

/** The whole run: by what is left where that is known, else by the trainings that it may use. */
export function runBar({ progress, pointers }: Facts, view: View): string[] {
  const { estimate, search, phase, usage } = progress;
  const left = leftNow(estimate?.left?.seconds, pointers);
  const count = phase === 'tuning' ? [t`${search.spent} of ${search.pool} trainings used`] : [];
  if (!left) return count.length > 0 ? [barLine(t`run`, search.spent / search.pool, count, view)] : [];
  const done = usage.trainSeconds + trained(pointers);
  const all = done + left.middle;
  return [barLine(t`run`, all > 0 ? done / all : 1, [reasonText(leftText({ seconds: left })), ...count], view)];
}

type Seconds = { low: number; middle: number; high: number };

/** What is left by the newest estimate, less what has been trained since. */
function leftNow(left: Seconds | undefined, pointers: readonly TrainingPointer[]): Seconds | null {
  if (!left) return null;
  const less = (seconds: number) => Math.max(0, seconds - trained(pointers));
  return { low: less(left.low), middle: less(left.middle), high: less(left.high) };
}

const trained = (pointers: readonly TrainingPointer[]): number =>
  Math.max(0, ...pointers.map(({ trainSeconds }) => trainSeconds));

/** What matters most of a training comes first. */
function trainingParts(pointer: TrainingPointer): string[] {
  const { step, totalSteps, epoch, loss, learningRate, pairsPerSecond, etaSeconds, phase } = pointer;
  return [
    `${step}/${totalSteps}`,
    phase === 'train' ? '' : phaseOf(phase),
    // After the last step it is out of date.
    etaSeconds === null || step >= totalSteps! ? '' : `${t`left`} ${clock(etaSeconds)}`,
    loss === null ? '' : `${t`loss`} ${loss.toFixed(3)}`,
    pairsPerSecond === null ? '' : `${pairsPerSecond.toFixed(0)} ${t`rows/s`}`,
    epoch === null ? '' : `epoch ${epoch.toFixed(2)}`,
    learningRate === null ? '' : `${t`learning rate`} ${learningRate.toExponential(1)}`,
  ];
}

/** What the trainer calls its phases. */
function phaseOf(phase: string): string {
  switch (phase) {
    case 'load':
    case 'start':
      return t`loading`;
    case 'evaluate':
      return t`evaluating`;
    case 'save':
      return t`saving`;
    default:
      return phase;
  }
}

function barLine(name: string, share: number, parts: readonly string[], { width }: View): string {
  const size = width < 46 ? 4 : width < 76 ? 16 : 24;
  const begin = `  ${padded(name, NAME)} ${bar(share, size)} `;
  const room = width - stringWidth(begin);
  return `${begin}${fitted(joined(parts, room), room)}`;
}
