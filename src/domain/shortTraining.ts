/**
 * What is known of trainings that have hardly begun when they end: they want more epochs, and a higher rate than trainings
 * of usual length (Mosbach et al. 2021, On the Stability of Fine-tuning BERT; Zhang et al. 2021, Revisiting Few-sample BERT
 * Fine-tuning). Changed one after the other neither shows what both bring together.
 */
import type { ParameterSpace } from './parameterSpace.ts';
import type { Values } from './trials.ts';

/** Optimizer steps below which a training is short. */
const FEW_STEPS = 100;
/** What such a training has too little of. */
const MORE_OF = ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS'];

/** @param steps - Optimizer steps of the default; null: unknown. */
export const isShort = (steps: number | null): boolean => steps !== null && steps < FEW_STEPS;

/** Half-way from the default to the top of its space, for each tunable key that a short training has too little of. */
export function moreThan(defaults: Values, spaces: Readonly<Record<string, ParameterSpace>>): Values {
  const more: Values = {};
  for (const key of MORE_OF) {
    const space = spaces[key];
    const value = space && halfWayUp(Number(defaults[key]), space);
    if (value !== undefined && value !== defaults[key]) more[key] = value;
  }
  return more;
}

function halfWayUp(from: number, { choices, max, type, scale }: ParameterSpace): number | undefined {
  if (choices) {
    const above = choices.map(Number).filter((choice) => choice > from);
    return above.toSorted((a, b) => a - b)[Math.floor((above.length - 1) / 2)];
  }
  if (max === undefined || !(max > from)) return undefined;
  const middle = scale === 'log' ? Math.sqrt(from * max) : (from + max) / 2;
  return type === 'int' ? Math.round(middle) : Number(middle.toPrecision(3));
}
