/** What a language model may propose for the next training, and the checks that its words pass. */
import { z } from 'zod';
import type { Metric } from './metric.ts';
import type { ParameterSpace } from './parameterSpace.ts';
import { refuseReason } from './reasons.ts';
import { said } from './said.ts';
import { describeSpace, refuseValue } from './searchSpace.ts';
import type { Candidate, Study } from './study.ts';
import { readValue, reasonSchema } from './suggestions.ts';
import type { Origin, Prediction, ProposedBy, Reason, Values } from './trials.ts';

/** Trainings that one answer may propose. */
export const MOST_PROPOSALS = 3;
/** Name that stands for a row of the table of candidates where a key may stand. */
export const CANDIDATE = 'CANDIDATE';

/** Weak models write numbers as text. */
const numeric = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\s*[-+]?[\d.]+(e[-+]?\d+)?\s*$/i)
      .transform(Number),
  ])
  .refine(Number.isFinite, said`a finite number`);

/** The shape of an answer; the rules of the question are checked by `checkProposals`. */
export const proposalSchema = z.object({
  reason: reasonSchema,
  prediction: z.object({ low: numeric, high: numeric }),
  action: z.enum(['train', 'repeat', 'stop']),
  proposals: z.array(z.object({ key: z.string().max(100), value: z.union([z.string().max(100), z.number()]) })).max(20),
});

/** A language model's answer to `adviseNext`. */
export interface ProposalReply {
  reason: Reason;
  prediction: Prediction;
  action: 'train' | 'repeat' | 'stop';
  proposals: { key: string; value: string | number }[];
}

/** What one question allows; it is told to the model, put into the schema, and checked. */
export interface ProposalQuestion {
  /** Keys whose values it may set itself; empty: it may only choose among the candidates. */
  keys: string[];
  /** Candidates shown that it may choose, numbered from 1. */
  candidates: number;
  /** Proposals at most, 1 to 3; and how many of them values of its own. */
  count: number;
  ownAtMost: number;
  mayRepeat: boolean;
  mayStop: boolean;
  /** Why values of its own are not allowed now, in a sentence; null when they are. */
  limited: string | null;
}

/** The next training, decided. */
export interface NextTraining {
  /** Every tunable value, and which of them differ from the base. */
  values: Values;
  change: Values;
  proposedBy: ProposedBy;
  origin: Origin;
  reason: Reason;
  predicted: { byModel: Prediction | null; byAdviser: Prediction | null };
}

/** A checked answer. */
export type CheckedProposals =
  | { verdict: 'train'; trainings: NextTraining[] }
  | { verdict: 'repeat'; reason: Reason }
  | { verdict: 'stop'; reason: Reason }
  | { verdict: 'refused'; why: string };

const predictionOf = ({ low, high }: Candidate): Prediction => ({ low, high });

/** What the search model would do, as it stands. */
export function asProposed(
  candidate: Candidate,
  study: Study,
  reason: (of: Candidate, study: Study) => Reason,
): NextTraining {
  return {
    values: candidate.values,
    change: candidate.change,
    proposedBy: candidate.hint?.by ?? 'search',
    origin: candidate.origin,
    reason: reason(candidate, study),
    predicted: { byModel: predictionOf(candidate), byAdviser: null },
  };
}

/** What an answer is judged against. */
export interface ProposalRules {
  question: ProposalQuestion;
  /** Of the scores; which ones a prediction may hold. */
  scale: Metric['scale'];
  spaces: Record<string, ParameterSpace>;
  study: Study;
  /** The candidates in the order in which they were shown; the first `question.candidates` may be chosen. */
  shown: readonly Candidate[];
  /** Whether these values have been measured with the run's seed. */
  tried: (values: Values) => boolean;
}

/** Judges an answer; a sentence that refuses it names the rule, and does not repeat the answer's prose. */
export function checkProposals(reply: ProposalReply, rules: ProposalRules): CheckedProposals {
  const { question } = rules;
  const refused = (why: string): CheckedProposals => ({ verdict: 'refused', why });
  const problem = refuseReason(reply.reason) ?? refusePrediction(reply.prediction, rules.scale);
  if (problem) return refused(problem);
  if (reply.action !== 'train') {
    const allowed = reply.action === 'stop' ? question.mayStop : question.mayRepeat;
    if (!allowed)
      return refused(said`action ${reply.action} is not possible now; allowed: ${actionsOf(question).join(', ')}`);
    if (reply.proposals.length > 0)
      return refused(said`action ${reply.action} goes with an empty list of proposals; use train to propose one`);
    return { verdict: reply.action, reason: reply.reason };
  }
  if (reply.proposals.length === 0) return refused(said`action train needs at least one proposal`);
  if (reply.proposals.length > question.count)
    return refused(said`${reply.proposals.length} proposals; allowed: at most ${question.count}`);
  const trainings: NextTraining[] = [];
  for (const [index, proposal] of reply.proposals.entries()) {
    // The one interval of an answer is about its first proposal.
    const training = readProposal(proposal, rules, reply.reason, index === 0 ? reply.prediction : null);
    if (typeof training === 'string') return refused(training);
    if (!trainings.some((other) => sameValues(other.values, training.values))) trainings.push(training);
  }
  const own = trainings.filter(({ origin }) => origin === 'own').length;
  return own > question.ownAtMost
    ? refused(said`${own} values of your own; allowed: at most ${question.ownAtMost} in one answer`)
    : { verdict: 'train', trainings };
}

/** The actions that a question allows. */
export const actionsOf = ({ mayRepeat, mayStop }: ProposalQuestion): ProposalReply['action'][] => [
  'train',
  ...(mayRepeat ? (['repeat'] as const) : []),
  ...(mayStop ? (['stop'] as const) : []),
];

/** Ends of the scales that have any. */
const ENDS: Record<Metric['scale'], [number, number]> = {
  correlation: [-1, 1],
  share: [0, 1],
  free: [-Infinity, Infinity],
};

function refusePrediction({ low, high }: Prediction, scale: Metric['scale']): string | null {
  if (low > high) return said`prediction.low is above prediction.high`;
  const [least, most] = ENDS[scale];
  return low < least || high > most
    ? said`the prediction is no interval of scores; allowed: from ${least} to ${most}`
    : null;
}

function readProposal(
  { key, value }: ProposalReply['proposals'][number],
  rules: ProposalRules,
  reason: Reason,
  prediction: Prediction | null,
): NextTraining | string {
  const { question, spaces, study, shown, tried } = rules;
  const choice = (candidate: Candidate): NextTraining => ({
    values: candidate.values,
    change: candidate.change,
    proposedBy: 'adviser',
    origin: 'choice',
    reason,
    predicted: { byModel: predictionOf(candidate), byAdviser: prediction },
  });
  if (key === CANDIDATE) {
    const number = Number(value);
    const candidate =
      Number.isInteger(number) && number >= 1 && number <= question.candidates ? shown[number - 1] : null;
    return candidate ? choice(candidate) : said`${CANDIDATE} is a number from 1 to ${question.candidates}`;
  }
  const space = Object.hasOwn(spaces, key) ? spaces[key]! : null;
  if (!space) return said`a proposal's key is not one of those that may be changed; allowed: ${keyNames(question)}`;
  const read = readValue(value, space);
  const problem = refuseValue(key, read, space);
  if (problem)
    return problem.length > 300 ? said`the value of ${key} is not possible; allowed: ${describeSpace(space)}` : problem;
  const candidate = shown.slice(0, question.candidates).find((one) => isOnly(one.change, key, read, space));
  if (candidate) return choice(candidate);
  if (!question.keys.includes(key))
    return said`${key} = ${read} is not allowed${question.limited ? ` (${question.limited})` : ''}; allowed: ${keyNames(question)}`;
  const values = { ...study.base.values, [key]: read };
  if (study.base.values[key] === read)
    return said`${key} = ${read} is what the best so far has already; propose a change`;
  if (tried(values)) return said`${key} = ${read} has been measured already with these other values`;
  const known = shown.find((one) => sameValues(one.values, values));
  return {
    values,
    change: { [key]: read },
    proposedBy: 'adviser',
    origin: 'own',
    reason,
    predicted: { byModel: known ? predictionOf(known) : null, byAdviser: prediction },
  };
}

const keyNames = ({ keys, candidates }: ProposalQuestion): string =>
  [...(candidates > 0 ? [said`${CANDIDATE} (1 to ${candidates})`] : []), ...keys].join(', ');

/** A candidate's number is written shorter than it is; within a hundredth of it, it is meant. */
const NEAR = 0.01;

function isOnly(change: Values, key: string, value: string | number, space: ParameterSpace): boolean {
  const [only, ...more] = Object.entries(change);
  if (!only || more.length > 0 || only[0] !== key) return false;
  const [, wanted] = only;
  if (wanted === value) return true;
  const continuous = !space.choices && space.type === 'float';
  return (
    continuous &&
    typeof value === 'number' &&
    typeof wanted === 'number' &&
    Math.abs(value - wanted) <= NEAR * Math.abs(wanted)
  );
}

/** Whether two configurations have the same tunable values. */
export const sameValues = (a: Values, b: Values): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
