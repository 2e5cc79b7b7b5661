/**
 * What a trial must hold to be admissible: `LATENCY_MS <= 20`. One that breaks a constraint is not worse, it is out: it has
 * no score that could win, and nobody makes one up.
 */
import { formatValue } from './formats.ts';
import { metricOfData, shownScore } from './metric.ts';
import type { MetricSettings } from './metric.ts';
import { said } from './said.ts';
import type { Failure, Reason, Trial, TrialResult } from './trials.ts';

const HOLDS = {
  '<=': (value: number, bound: number) => value <= bound,
  '>=': (value: number, bound: number) => value >= bound,
  '<': (value: number, bound: number) => value < bound,
  '>': (value: number, bound: number) => value > bound,
} as const;
type Relation = keyof typeof HOLDS;

export interface Constraint {
  metric: string;
  relation: Relation;
  bound: number;
}

/** A constraint as the schema allows it. */
export function parseConstraint(text: string): Constraint {
  const [, metric, relation, bound] = /^(\w+)\s*(<=|>=|<|>)\s*(\S+)$/.exec(text)!;
  return { metric: metric!, relation: relation as Relation, bound: Number(bound) };
}

/** As people read it: one space between its parts. */
export const constraintText = ({ metric, relation, bound }: Constraint): string =>
  `${metric} ${relation} ${formatValue(bound)}`;

type Settings = MetricSettings & { CONSTRAINTS?: readonly string[] };

/**
 * Everything that a training measured, as it is: the deciding metric by its own name, too.
 *
 * @param found - The score that the data ask for, as the trainer calls it; undefined where that is not known.
 */
function metricsOf(
  config: MetricSettings,
  { score, metrics = {} }: Pick<TrialResult, 'score' | 'metrics'>,
  found?: string,
): Record<string, number | null> {
  const metric = metricOfData(config, found);
  return { [metric.name]: shownScore(metric, score), ...metrics };
}

/**
 * The failure of a finished training that breaks a constraint, or has nothing to be judged by; null when it is admissible.
 * The first constraint that it breaks is told.
 */
export function refuseResult(
  config: Settings,
  result: Pick<TrialResult, 'score' | 'metrics'>,
  found?: string,
): Failure | null {
  const metrics = metricsOf(config, result, found);
  for (const constraint of (config.CONSTRAINTS ?? []).map(parseConstraint)) {
    const { metric, relation, bound } = constraint;
    const text = constraintText(constraint);
    if (!Object.hasOwn(metrics, metric))
      return {
        kind: 'bad_config',
        message: said`CONSTRAINTS: ${text} cannot be checked, since the training reports no ${metric}; it reports ${Object.keys(metrics).join(', ')}`,
        facts: { constraint: text, metrics },
      };
    const value = metrics[metric]!;
    if (value !== null && HOLDS[relation](value, bound)) continue;
    return {
      kind: 'inadmissible',
      message: said`${metric} is ${value === null ? said`not a number` : formatValue(Number(value.toPrecision(5)))}, and ${text} must hold`,
      facts: { constraint: text, value, score: result.score, metrics },
    };
  }
  return null;
}

/** The same for a model of which the deciding metric alone is known: what else CONSTRAINTS ask for it cannot be shown to hold. */
export const refuseScore = (config: Settings, score: number): Failure | null => refuseResult(config, { score });

/** Everything that a trial measured, whether it may win or not; null where nothing is known. */
export function metricsOfTrial({ result, failure }: Pick<Trial, 'result' | 'failure'>): TrialResult['metrics'] | null {
  if (result) return result.metrics ?? null;
  return failure?.kind === 'inadmissible' ? (failure.facts['metrics'] as TrialResult['metrics']) : null;
}

/** Why the default has no score. */
export function defaultFailed({ trials }: { trials: readonly Pick<Trial, 'purpose' | 'failure'>[] }): Reason {
  const failure = trials.find(({ purpose }) => purpose === 'baseline')?.failure;
  return failure?.kind === 'inadmissible'
    ? { zh: `不满足约束（${failure.message}）`, en: `is inadmissible (${failure.message})` }
    : { zh: '无法训练', en: 'could not be trained' };
}

/** Why a run has no best trial, in a sentence. */
export function nothingWon(trials: readonly Pick<Trial, 'failure'>[]): string {
  const broken = trials.flatMap(({ failure }) => (failure?.kind === 'inadmissible' ? [failure] : []));
  if (broken.length === 0 || broken.length < trials.length) return said`no training succeeded`;
  const which = [...new Set(broken.map(({ facts }) => String(facts['constraint'])))].join(', ');
  return said`no training was admissible: all ${trials.length} broke a constraint (${which})`;
}
