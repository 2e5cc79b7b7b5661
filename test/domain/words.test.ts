import { describe, expect, test } from '@jest/globals';
import { anytimeAnswer } from '../../src/domain/anytimeAnswer.ts';
import { challengeOutcome, challenged, pairedDifference } from '../../src/domain/challengeWords.ts';
import { currentDetails } from '../../src/domain/currentDetails.ts';
import { viewForDecisions } from '../../src/domain/decisionView.ts';
import { formatsOf } from '../../src/domain/formats.ts';
import { CORRELATION } from '../../src/domain/metric.ts';
import { coverageOf, proposerRecords } from '../../src/domain/predictions.ts';
import { progressOf } from '../../src/domain/progress.ts';
import { carriedOver } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { endsByItself, explain, leftEarly } from '../../src/domain/searchWords.ts';
import type { Candidate } from '../../src/domain/study.ts';
import { ORIGINS } from '../../src/domain/trials.ts';
import { trialTitle } from '../../src/domain/trialWords.ts';
import { verdictOf } from '../../src/domain/verdict.ts';
import { run, trial } from './runs.ts';
import { candidate, looked, studiedRun, study } from './studied.ts';

const FORMATS = formatsOf(CORRELATION);

describe('why this training', () => {
  const said = (change: Partial<Candidate>, others: Candidate[] = []) => {
    const one = candidate(change);
    return explain(one, study([one, ...others]), FORMATS);
  };

  test('of the model: mean, spread, the best so far, how many candidates, and the chance', () => {
    expect(said({}).en).toBe(
      'WARMUP_RATIO = 0.2 next, since the model of all keys expects 0.7012 ± 0.0080 there (best so far 0.6980), the most of all 41 candidates; chance 61 % to be better, expected gain 0.0031, about 24 processor seconds.',
    );
    expect(said({}).zh).toContain('全部 41 个候选');
  });

  test('the highest reach is told as that, and not as the highest mean', () => {
    const text = said({ mean: 0.695, sd: 0.02 }).en;
    expect(text).toContain('it may reach 0.7350 (mean + 2 sd), the most of all 41 candidates');
    expect(text).not.toContain('there (best so far 0.6980), the most');
  });

  test('a candidate of a batch says beside which other it was chosen, and boasts of nothing', () => {
    const first = candidate({ values: { WEIGHT_DECAY: 0.2 }, change: { WEIGHT_DECAY: 0.2 }, mean: 0.71 });
    const second = candidate({});
    const text = explain(second, study([first, second]), FORMATS).en;
    expect(text).toContain('chosen together with WEIGHT_DECAY = 0.2');
    expect(text).not.toContain('the most of');
  });

  test('a count of candidates is given only where each changes one key', () => {
    const joint = { WARMUP_RATIO: 0.2, WEIGHT_DECAY: 0.1 };
    const text = said({ origin: 'joint', change: joint, values: joint }).en;
    expect(text).toContain('WARMUP_RATIO = 0.2, WEIGHT_DECAY = 0.1 next, several keys at once');
    expect(text).toContain('the most of all candidates');
    expect(text).not.toContain('41');
  });

  test.each<[Candidate['origin'], RegExp, RegExp]>([
    ['probe', /first probe of this key, at the untried value with the highest mean/, /首次试探/],
    ['gap', /first probe of this key, in the middle of the wider gap/, /规则/],
    ['hint', /since ann believes in it/, /ann believes in it/],
    ['choice', /the most promising of this key's choices/, /选项/],
    ['own', /a value of the proposer's own/, /自己的取值/],
  ])('a value of origin %s is not told as the model’s', (origin, en, zh) => {
    const hint = { change: {}, by: 'person' as const, source: 'ann believes in it' };
    const reason = said({ origin, ...(origin === 'hint' ? { hint } : {}) });
    expect(reason.en).toMatch(en);
    expect(reason.zh).toMatch(zh);
    expect(reason.en).not.toContain('the most of');
  });

  test('every origin has words, and unknown seconds are not told', () => {
    for (const origin of ORIGINS) expect(said({ origin }).en).toContain('WARMUP_RATIO = 0.2');
    expect(said({ seconds: null }).en).not.toContain('seconds');
  });
});

describe('why something ends', () => {
  test('a key that is left early, and a run that ends by itself: gains beside the noise, measured or not', () => {
    expect(leftEarly('WEIGHT_DECAY', study([]), FORMATS).en).toBe(
      'WEIGHT_DECAY is left early, since what it is expected to gain is below noise: the best of its 21 untried values 0.0004; 0.0067 between seeds, measured by 2 repeats.',
    );
    const guessed = study([], { noise: { atDefault: 0.01, atBase: 0.01, repeats: 0 } });
    expect(endsByItself(guessed, FORMATS).en).toMatch(
      /the best next one 0\.0003; .*0\.0040 \(90 %: 0\.0000 … 0\.0110\); 0\.0100 between seeds, a guess, not measured\.$/,
    );
  });

  test('a challenge, and what came of it', () => {
    const { noise } = study([]);
    expect(challenged(0.7041, 0.7029, { noise, seed: 43 }, FORMATS).en).toMatch(
      /0\.7041 is 0\.0012 above.*differ by 0\.0095.*with seed 43/,
    );
    const pairs = [
      { seed: 42, challenger: 0.7041, incumbent: 0.7029 },
      { seed: 43, challenger: 0.701, incumbent: 0.7034 },
    ];
    expect(pairedDifference(pairs)).toEqual({ mean: expect.closeTo(-0.0006), error: expect.closeTo(0.0018) });
    expect(pairedDifference(pairs.slice(1)).error).toBeNull();
    expect(challengeOutcome(pairs, false, FORMATS).en).toContain(
      '−0.0006 on average (standard error 0.0018): it does not replace',
    );
    expect(challengeOutcome(pairs, true, FORMATS).zh).toContain('：取代目前最优');
  });
});

describe('what could still be gained, and by what', () => {
  const withTrials = (change: Partial<RunState>): RunState => ({ ...studiedRun(), ...change });

  test('nothing is known of a run that has measured nothing', () => {
    const { gain, rounds, devPairs, data } = anytimeAnswer(run());
    expect([gain, rounds.pays, devPairs.pays, data.pays]).toEqual([null, 'unknown', 'unknown', 'unknown']);
  });

  test('more trainings pay while the next one is expected to gain more than noise', () => {
    expect(anytimeAnswer(studiedRun()).rounds.pays).toBe('no');
    const outlook = { possible: { mean: 0.02, low: 0, high: 0.04 }, next: 0.012, worthwhile: true };
    const { rounds, gain } = anytimeAnswer(withTrials({ outlook }));
    expect([rounds.pays, gain?.mean]).toEqual(['yes', 0.02]);
    expect(rounds.reason.en).toContain('0.0120');
  });

  const two = (first: number, second: number, noise: RunState['noise'], rows: number) => {
    const state = withTrials({ noise });
    const [one, other] = state.trials.filter(({ purpose }) => purpose === 'round');
    state.trials = [
      { ...one!, result: looked(first) },
      { ...other!, result: looked(second) },
    ];
    const { inspection } = state.trainer!;
    const splits = { ...inspection.data.splits, dev: { rows, name: 'dev' } };
    state.trainer = { ...state.trainer!, inspection: { ...inspection, data: { ...inspection.data, splits } } };
    return anytimeAnswer(state).devPairs;
  };
  const quiet = { atDefault: 0.001, atBase: 0.001, repeats: 3 };
  test.each<[string, number, number, RunState['noise'], number, string, RegExp]>([
    ['sampling error hides the best', 0.7, 0.699, quiet, 100, 'yes', /differ by 0\.0010; on 100 dev pairs/],
    ['the best stands out', 0.8, 0.6, quiet, 100, 'no', /^No: /],
    ['the noise between seeds is larger', 0.7, 0.699, { ...quiet, atBase: 0.05 }, 5000, 'no', /More seeds rather/],
  ])('dev pairs, where %s', (_name, first, second, noise, rows, pays, words) => {
    const answer = two(first, second, noise, rows);
    expect(answer.pays).toBe(pays);
    expect(answer.reason.en).toMatch(words);
  });

  test.each<[string, number[], string]>([
    ['rises clearly', [0.2, 0.21, 0.2], 'yes'],
    ['falls', [-0.2, -0.21, -0.2], 'no'],
    ['rises no more than can be seen', [0.002, 0.003, 0.001], 'unknown'],
    ['is known of one training alone', [0.2], 'unknown'],
  ])('more data, where the score within the first epoch %s', (_name, rises, pays) => {
    const state = withTrials({});
    state.trials = rises.map((rise, index) => ({ ...state.trials[0]!, id: String(index), result: looked(0.7, rise) }));
    expect(anytimeAnswer(state).data.pays).toBe(pays);
  });

  test('the first epoch is found in longer trainings, by the steps of an epoch', () => {
    const state = withTrials({});
    const epochs = { ...state.trials[0]!.values, NUM_TRAIN_EPOCHS: 2 };
    state.trials = [0.2, 0.21].map((rise) => ({ ...state.trials[0]!, values: epochs, result: looked(0.7, rise) }));
    expect(anytimeAnswer(state).data.pays).toBe('yes');
    const three = { ...epochs, NUM_TRAIN_EPOCHS: 3 };
    state.trials = state.trials.map((one) => ({ ...one, values: three }));
    expect(anytimeAnswer(state).data.pays).toBe('unknown');
  });
});

describe('the verdict', () => {
  test('comes first: difference, interval over pairs and seeds, what was published and why', () => {
    const verdict = verdictOf(studiedRun())!;
    expect(verdict.verdict).toBe('better');
    expect(verdict.line.en).toBe(
      'Better: held-out score, default → winner, 0.6676 → 0.7352, +0.0676 [+0.0400, +0.0950] (95 %, over 500 pairs and 2 seeds). Published: the tuned model (held-out data confirm that it is better).',
    );
    expect(verdict.line.zh).toContain('已发布：调优后的模型（留出数据确认更好）');
  });

  test('of a release before 0.4.0 comes from its interval, which is told as one over pairs alone', () => {
    const { confirmation } = studiedRun();
    const old = (low: number, high: number) => {
      const { verdict: _, seedSd: __, ...rest } = confirmation!;
      return verdictOf({
        ...studiedRun(),
        published: null,
        confirmation: { ...rest, difference: { mean: 0, low, high } },
      })!;
    };
    expect(old(0.01, 0.02).verdict).toBe('better');
    expect(old(-0.02, -0.01).verdict).toBe('worse');
    expect(old(-0.01, 0.01).line.en).toMatch(/^Not distinguishable: .*over 500 pairs alone/);
  });

  test('is none while the run goes on, without a training, or without held-out data', () => {
    expect(verdictOf(run())).toBeNull();
    expect(verdictOf({ ...studiedRun(), status: 'running', confirmation: null })).toBeNull();
    const unconfirmed = verdictOf({ ...studiedRun(), confirmation: null, published: null })!;
    expect(unconfirmed.verdict).toBeNull();
    expect(unconfirmed.line.en).toContain('Not confirmed on held-out data: dev score 0.6700 → 0.7600');
    // A winner that nothing confirmed is not to be used as if it were.
    expect(unconfirmed.next.en).toMatch(
      /^What may pay: a run that starts from the best configuration, and confirms it/,
    );
    expect(unconfirmed.next.en).not.toContain('use the published model');
  });

  test('tells why a model was published within its sentence', () => {
    const why = { zh: '更好。', en: 'Held-out data confirm that it is better. Scores: winner 0.7.' };
    expect(verdictOf({ ...studiedRun(), published: { what: 'best', why } })!.line.en).toMatch(
      /Published: the tuned model \(held-out data confirm that it is better\. Scores: winner 0\.7\)\.$/,
    );
  });

  test('where the default won, says that nothing better was found', () => {
    const state = studiedRun();
    const verdict = verdictOf({
      ...state,
      incumbent: state.baseline,
      confirmation: { ...state.confirmation!, difference: null, verdict: 'not_distinguishable', best: 0.6676 },
      published: { what: 'untouched', why: { zh: '原模型更好。', en: 'it scores higher.' } },
    })!;
    expect(verdict.line.en).toBe(
      'No configuration was found that is better than the default (held-out score 0.6676). Published: the untouched model (it scores higher).',
    );
    expect(verdict.defaultWon).toBe(true);
    expect(verdict.next.en).toContain('fine-tuning gained nothing here');
  });
});

test('predictions and proposals are judged by what was measured; a trial without a score is not', () => {
  const { trials } = studiedRun();
  expect([coverageOf(trials, 'byModel'), coverageOf(trials, 'byAdviser')]).toEqual([
    { inside: 1, of: 2 },
    { inside: 1, of: 1 },
  ]);
  expect(proposerRecords(trials)).toEqual([
    {
      by: 'search',
      trained: 1,
      failed: 1,
      accepted: 1,
      gain: expect.closeTo(0.03),
      coverage: { inside: 1, of: 1 },
    },
    { by: 'adviser', trained: 1, failed: 0, accepted: 1, gain: expect.closeTo(0.06), coverage: { inside: 1, of: 1 } },
  ]);
});

test.each<[object, string]>([
  [{ purpose: 'noise', key: null, seed: 43 }, 'default configuration, seed 43'],
  [{ purpose: 'repeat', key: null, seed: 43, change: { LEARNING_RATE: 1e-4 } }, 'LEARNING_RATE = 1e-4, seed 43'],
  [{ purpose: 'repeat', key: null, seed: 43 }, 'best so far, seed 43'],
  [{ key: null, change: { A: 1, B: 2 } }, 'A = 1, B = 2'],
  [{ key: 'A', values: { A: 1, B: 2 } }, 'A = 1'],
])('the trial %j is called %s', (change, title) => {
  expect(trialTitle({ ...trial(change), delta: null, accepted: false })).toBe(title);
});

test('a confirmation is called by whose it is where the run is known, since each seed has one of each', () => {
  const { trials } = studiedRun();
  const confirmations = trials.filter(({ purpose }) => purpose === 'confirmation');
  expect(confirmations.map((one) => trialTitle(one, trials))).toEqual([
    'confirmation of the default, seed 1042',
    'confirmation of the winner, seed 1042',
  ]);
  expect(trialTitle(confirmations[0]!)).toBe('confirmation, seed 1042');
});

describe('progress', () => {
  test('tells of the pool, the slots, who advised, early ends and reused results', () => {
    expect(progressOf(studiedRun())).toMatchObject({
      search: { mode: 'by_parameter', stopWhen: 'no_gain', spent: 4, pool: 9, slots: 2 },
      trials: { trained: 8, failed: 0, pruned: 1, reused: 1 },
      advised: { byModel: 1, bySearch: 2, rounds: 3 },
      untouched: 0.6634,
      published: { what: 'best' },
    });
    expect(progressOf(studiedRun('TRAINING_SLOTS=1')).search.slots).toBe(1);
    const state = studiedRun();
    expect(currentDetails(state, viewForDecisions(state))).toContain('**Better: held-out score');
  });

  test('of a state that an earlier release left has what can be known', () => {
    const { untouched, noise, outlook, published, spent, probes, hints, ...old } = run();
    expect([untouched, noise, outlook, published, spent, probes, hints]).toHaveLength(7);
    expect(progressOf(carriedOver(old as RunState))).toMatchObject({
      verdict: null,
      noise: null,
      search: { spent: 0 },
    });
  });
});
