/** A search model that any test can predict: it proposes untried values of the first allowed key, in a fixed order. */
import type { Candidate, Study, StudyRequest } from '../../src/domain/study.ts';
import type { Values } from '../../src/domain/trials.ts';
import { canonicalJson } from '../../src/domain/trialIdentity.ts';

const SHARES = [0.5, 0.25, 0.75, 0, 1, 0.125, 0.375, 0.625, 0.875];

/** @param ideas - Values to propose for some keys, in this order, instead of those in `SHARES`. */
export function studyInOrder(
  request: StudyRequest,
  change: Partial<Study> = {},
  ideas: Record<string, (string | number)[]> = {},
): Study {
  const scored = request.trials.filter((trial) => trial.score !== null && !trial.pruned);
  const scores = new Map<string, number[]>();
  for (const { values, score } of scored)
    scores.set(canonicalJson(values), [...(scores.get(canonicalJson(values)) ?? []), score!]);
  const means = new Map(
    [...scores].map(([values, of]) => [values, of.reduce((sum, score) => sum + score, 0) / of.length]),
  );
  const mean = ({ values }: Pick<StudyRequest['trials'][number], 'values'>) => means.get(canonicalJson(values)) ?? 0;
  // Where nothing has a score the default is what there is.
  const best = scored.reduce(
    (top, trial) => (mean(trial) > mean(top) ? trial : top),
    scored[0] ?? { values: request.defaults },
  );
  const base = { values: best.values, mean: mean(best), sd: 0.01 };
  const keys = request.keys ?? [...new Set([...request.probes, ...Object.keys(request.spaces)])];
  const candidates = keys.flatMap((key) =>
    (ideas[key] ?? valuesOf(request, key)).map((value) => candidate(request, best.values, key, value)),
  );
  const untried = candidates.filter(({ values }) => !request.trials.some((trial) => same(trial.values, values)));
  const gains = keys.map((key) => [
    key,
    { gain: 0.01, worthwhile: true, untried: untried.filter((one) => Object.hasOwn(one.change, key)).length },
  ]);
  return {
    base,
    next: untried.slice(0, request.count),
    shortlist: untried.slice(request.count, request.count + 12),
    keys: Object.fromEntries(gains),
    winner: { values: best.values, gain: 0.1, sd: 0.01 },
    noise: { atDefault: 0, atBase: 0, repeats: 0 },
    outlook: { possible: { mean: 0.01, low: 0, high: 0.02 }, next: 0.01, worthwhile: true },
    ...(request.expect ? { expected: request.expect.map(() => ({ low: 0.3, high: 0.7 })) } : {}),
    ...change,
  };
}

const same = (left: Values, right: Values): boolean => Object.keys(right).every((key) => left[key] === right[key]);

function valuesOf({ spaces, hints }: StudyRequest, key: string): (string | number)[] {
  const { choices, type, min = 0, max = 1 } = spaces[key]!;
  const hinted = hints.flatMap(({ change }) => (Object.keys(change).join() === key ? [change[key]!] : []));
  const range = SHARES.map((share) => min + share * (max - min)).map((value) =>
    type === 'int' ? Math.round(value) : value,
  );
  return [...new Set([...hinted, ...(choices ?? range)])];
}

function candidate({ hints }: StudyRequest, base: Values, key: string, value: string | number): Candidate {
  const hint = hints.find(({ change }) => Object.keys(change).join() === key && change[key] === value);
  return {
    values: { ...base, [key]: value },
    change: { [key]: value },
    origin: hint ? 'hint' : 'model',
    ...(hint ? { hint } : {}),
    mean: 0.5,
    sd: 0.1,
    low: 0.3,
    high: 0.7,
    gain: 0.01,
    chance: 0.5,
    seconds: 8,
  };
}
