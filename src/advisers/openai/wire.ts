/** The schemas that a server is asked for: made for each question, with its keys and values as lists. */
import { z } from 'zod';
import type { ParameterSpace } from '../../domain/parameterSpace.ts';
import { CANDIDATE, actionsOf } from '../../domain/proposals.ts';
import type { ProposalQuestion } from '../../domain/proposals.ts';
import type { AdviserContext } from '../../domain/trajectory.ts';

type Spaces = AdviserContext['spaces'];

/** First, so that a model thinks before it decides: servers write an object's fields in the order of its schema. */
const reason = z.object({
  zh: z.string().describe('why, in Chinese: one or two sentences'),
  en: z.string().describe('the same in English'),
});

/** Which training comes next. */
export const nextWire = ({ spaces, evidence }: AdviserContext): z.ZodType => answerTo(evidence!.question!, spaces);

/** The check with which a run begins: the form of the questions to come, with one candidate. */
export const probeWire = (): z.ZodType =>
  answerTo({ keys: [], candidates: 1, count: 1, ownAtMost: 1, mayRepeat: true, mayStop: true, limited: null }, {});

function answerTo(question: ProposalQuestion, spaces: Spaces): z.ZodType {
  return z.object({
    reason,
    prediction: z
      .object({ low: z.number(), high: z.number() })
      .describe('interval in which you expect the score of the first proposal: right in 9 of 10 cases'),
    action: z.enum(actionsOf(question) as ['train', ...string[]]),
    proposals: z
      .array(oneOf(proposals(question, spaces)))
      .max(question.count)
      .describe('for train: at least one; else empty'),
  });
}

function proposals({ keys, candidates }: ProposalQuestion, spaces: Spaces): z.ZodType[] {
  const numbers = Array.from({ length: candidates }, (_, index) => index + 1);
  const choice = z.object({ key: z.enum([CANDIDATE]), value: z.literal(numbers).describe('number of a candidate') });
  return [...(candidates > 0 ? [choice] : []), ...keys.map((key) => setting(key, spaces[key]!))];
}

/** The plan: keys to tune, and defaults that are to be changed first. */
export function planWire({ spaces, maxKeys }: AdviserContext): z.ZodType {
  const keys = Object.keys(spaces);
  return z.object({
    reason,
    base_config: z
      .array(oneOf(keys.map((key) => setting(key, spaces[key]!))))
      .max(keys.length)
      .describe('defaults that you would change; may be empty'),
    priority_keys: z.array(z.enum(keys)).max(maxKeys).describe('keys worth tuning, most promising first'),
  });
}

const oneOf = (shapes: z.ZodType[]): z.ZodType => (shapes.length === 1 ? shapes[0]! : z.union(shapes));

const setting = (key: string, space: ParameterSpace & { allowed: string }): z.ZodType =>
  z.object({ key: z.enum([key]), value: valueOf(space) });

/** Lists as they are; ranges in words, since servers refuse them as keywords. */
function valueOf({ type, choices, allowed }: ParameterSpace & { allowed: string }): z.ZodType {
  if (choices) return z.literal(choices);
  const number = type === 'int' ? z.int() : z.number();
  return number.describe(allowed);
}
