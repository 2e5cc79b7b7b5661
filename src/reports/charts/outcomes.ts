/** How each outcome of a training is drawn: its own shape, filled only where it was accepted. */
import type { Trial } from '../../domain/trials.ts';
import type { Say } from '../phrases.ts';
import { X_SHAPE, light } from './palette.ts';

/** In the order of the legend. */
const OUTCOMES = {
  accepted: { zh: '采纳', en: 'accepted', colour: light('green'), shape: 'circle' },
  declined: { zh: '未采纳', en: 'not accepted', colour: light('axis'), shape: 'circle' },
  measured: { zh: '测量或复测', en: 'measured again', colour: light('blue'), shape: 'diamond' },
  pruned: { zh: '提前结束', en: 'ended early', colour: light('orange'), shape: 'triangle-down' },
  inadmissible: { zh: '不满足约束', en: 'inadmissible', colour: light('violet'), shape: 'square' },
  failed: { zh: '失败', en: 'failed', colour: light('red'), shape: X_SHAPE },
} as const;
type Outcome = keyof typeof OUTCOMES;

function outcomeOf({ failure, accepted, purpose }: Trial): Outcome {
  if (failure?.kind === 'inadmissible') return 'inadmissible';
  if (failure) return failure.kind === 'pruned' ? 'pruned' : 'failed';
  if (purpose === 'noise' || (purpose === 'repeat' && !accepted)) return 'measured';
  return accepted ? 'accepted' : 'declined';
}

export const outcomeName = (trial: Trial, say: Say): string => {
  const { zh, en } = OUTCOMES[outcomeOf(trial)];
  return say.cell(zh, en);
};

/** Colour, fill and shape by the field `outcome`, with a legend of those that occur among the trials. */
export function outcomeEncoding(trials: readonly Trial[], say: Say) {
  const shown = (Object.keys(OUTCOMES) as Outcome[]).filter((one) => trials.some((trial) => outcomeOf(trial) === one));
  const names = shown.map((one) => say.cell(OUTCOMES[one].zh, OUTCOMES[one].en));
  const by = (range: string[]) => ({
    field: 'outcome',
    type: 'nominal' as const,
    title: null,
    scale: { domain: names, range },
  });
  return {
    stroke: by(shown.map((one) => OUTCOMES[one].colour)),
    fill: by(shown.map((one) => (one === 'accepted' ? OUTCOMES[one].colour : light('paper')))),
    shape: by(shown.map((one) => OUTCOMES[one].shape)),
  };
}
