/** What a search model may think, for tests. */
import type { Candidate, Study } from '../../src/domain/study.ts';
import type { Values } from '../../src/domain/trials.ts';

export const BASE: Values = {
  LEARNING_RATE: 2e-5,
  NUM_TRAIN_EPOCHS: 1,
  TRAIN_BATCH_SIZE: 8,
  WARMUP_RATIO: 0.1,
  WEIGHT_DECAY: 0,
  LR_SCHEDULER: 'linear',
};

/** A candidate with some changes of the base; better means are given, everything else is alike. */
export function candidate(change: Values, mean = 0.7, more: Partial<Candidate> = {}, base = BASE): Candidate {
  const half = 0.05;
  return {
    values: { ...base, ...change },
    change,
    origin: 'model',
    mean,
    sd: 0.02,
    low: mean - half,
    high: mean + half,
    gain: 0.01,
    chance: 0.4,
    seconds: 16,
    ...more,
  };
}

/** First comes a learning rate; a batch size is about as good; epochs are far below. */
export function study(change: Partial<Study> = {}): Study {
  return {
    base: { values: BASE, mean: 0.68, sd: 0.01 },
    next: [candidate({ LEARNING_RATE: 8.123456789e-5 }, 0.72)],
    shortlist: [
      candidate({ TRAIN_BATCH_SIZE: 16 }, 0.715),
      candidate({ NUM_TRAIN_EPOCHS: 3, LR_SCHEDULER: 'cosine' }, 0.712, { origin: 'joint' }),
      candidate({ NUM_TRAIN_EPOCHS: 2 }, 0.6),
    ],
    keys: Object.fromEntries(Object.keys(BASE).map((key) => [key, { gain: 0.01, worthwhile: true, untried: 4 }])),
    winner: { values: BASE, gain: 0.02, sd: 0.01 },
    noise: { atDefault: 0.005, atBase: 0.006, repeats: 2 },
    outlook: { possible: { mean: 0.03, low: 0, high: 0.06 }, next: 0.01, worthwhile: true },
    ...change,
  };
}
