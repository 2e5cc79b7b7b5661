/** What an adviser may say, and the checks that its words pass before anything is trained. */
import { z } from 'zod';
import type { ParameterSpace } from './parameterSpace.ts';
import { refuseReason } from './reasons.ts';
import { said } from './said.ts';
import { PROTECTED_KEYS, describeSpace, refuseValue, tunableNames } from './searchSpace.ts';
import type { Reason, Values } from './trials.ts';

/** Bounds of texts are checked here; no server is asked for them (they break llama.cpp's grammars). */
const reasonText = z.string().min(1).max(2000);
export const reasonSchema = z.object({
  zh: reasonText.describe('reason in Chinese'),
  en: reasonText.describe('reason in English'),
});
const value = z.union([z.string().max(100), z.number()]);

/**
 * The shape of a plan; the rules of the space are checked by `refusePlan`, so that the adviser is told which one it
 * broke.
 */
export const planSchema = z.object({
  base_config: z
    .array(z.object({ key: z.string().max(100), value }))
    .max(40)
    .describe('tunable keys whose default you would change; may be empty'),
  priority_keys: z.array(z.string().max(100)).min(1).max(40).describe('keys worth tuning, most promising first'),
  reason: reasonSchema,
});
export type PlanReply = z.infer<typeof planSchema>;

export const suggestionSchema = z.object({
  key: z.string().max(100).describe('the parameter in hand'),
  value: value.nullable().describe('the next value to try, or null when the parameter is exhausted'),
  exhausted: z.boolean().describe('true when no further value is worth a training'),
  reason: reasonSchema,
});
export type SuggestionReply = z.infer<typeof suggestionSchema>;

export const summarySchema = z
  .object({ summary: z.object({ zh: z.string().min(1).max(6000), en: z.string().min(1).max(6000) }) })
  .superRefine(({ summary }, context) => {
    const problem = refuseReason(summary, 'summary');
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });
export type SummaryReply = z.infer<typeof summarySchema>;

type Spaces = Record<string, ParameterSpace>;

/** A number that came as text, where the space wants a number; anything else as it is. */
export function readValue(proposed: string | number, space: ParameterSpace | undefined): string | number {
  const numeric = space && (space.type !== 'categorical' || space.choices?.every((one) => typeof one === 'number'));
  if (!numeric || typeof proposed !== 'string' || !/^\s*[-+]?[\d.]+(e[-+]?\d+)?\s*$/i.test(proposed)) return proposed;
  const number = Number(proposed);
  return Number.isFinite(number) ? number : proposed;
}

/** A suggestion with its value read as its space wants it. */
export const readSuggestion = (reply: SuggestionReply, space: ParameterSpace): SuggestionReply =>
  reply.value === null ? reply : { ...reply, value: readValue(reply.value, space) };

/** A plan with its values read as their spaces want them. */
export const readPlan = (plan: PlanReply, spaces: Spaces): PlanReply => ({
  ...plan,
  base_config: plan.base_config.map(({ key, value: proposed }) => ({
    key,
    value: readValue(proposed, Object.hasOwn(spaces, key) ? spaces[key] : undefined),
  })),
});

/** A name that an adviser wrote, as it may stand in a sentence: on one line, and not long. */
const named = (key: string): string => key.replace(/\s+/g, ' ').slice(0, 60);

/** Why a key may not be touched, or null. Own properties only: `constructor` is a name too. */
function refuseKey(key: string, spaces: Spaces): string | null {
  if (Object.hasOwn(spaces, key)) return null;
  const reason = protection(key);
  if (reason) return said`${key} is protected: ${reason}`;
  const allowed = said`allowed: ${Object.keys(spaces).join(', ')}`;
  return tunableNames().includes(key)
    ? said`${key} is not among TUNABLE_KEYS; ${allowed}`
    : said`${named(key)} is not a known parameter; ${allowed}`;
}

const protection = (key: string): string | undefined =>
  Object.hasOwn(PROTECTED_KEYS, key) ? PROTECTED_KEYS[key] : undefined;

/** Every rule that a plan breaks, as sentences; empty when it may be used. */
export function refusePlan(plan: PlanReply, spaces: Spaces, maxKeys: number): string[] {
  const problems: string[] = [];
  for (const { key, value: proposed } of plan.base_config) {
    const problem = refuseKey(key, spaces) ?? refuseValue(key, proposed, spaces[key]!);
    if (problem) problems.push(problem);
  }
  for (const key of plan.priority_keys) {
    const problem = refuseKey(key, spaces);
    if (problem) problems.push(problem);
  }
  if (new Set(plan.priority_keys).size !== plan.priority_keys.length)
    problems.push(said`priority_keys names a key twice`);
  if (new Set(plan.base_config.map(({ key }) => key)).size !== plan.base_config.length)
    problems.push(said`base_config names a key twice`);
  if (plan.priority_keys.length > maxKeys)
    problems.push(said`priority_keys has ${plan.priority_keys.length} keys; allowed: at most ${maxKeys}`);
  return problems;
}

export type CheckedSuggestion =
  | { verdict: 'try'; value: string | number }
  | { verdict: 'exhausted' }
  | { verdict: 'refused'; why: string };

/**
 * Judges a suggestion for the parameter in hand.
 *
 * @param tried - Whether the incumbent with this one value changed has been measured.
 */
export function checkSuggestion(
  reply: SuggestionReply,
  key: string,
  space: ParameterSpace,
  tried: (change: Values) => boolean,
): CheckedSuggestion {
  if (reply.key !== key) {
    const reason = protection(reply.key);
    return {
      verdict: 'refused',
      why: reason
        ? said`${reply.key} is protected: ${reason}; the parameter in hand is ${key}`
        : said`the parameter in hand is ${key}, not ${named(reply.key)}`,
    };
  }
  if (reply.exhausted) return { verdict: 'exhausted' };
  if (reply.value === null)
    return { verdict: 'refused', why: said`no value for ${key}, and not exhausted; allowed: ${describeSpace(space)}` };
  const problem = refuseValue(key, reply.value, space);
  if (problem) return { verdict: 'refused', why: problem };
  if (tried({ [key]: reply.value }))
    return { verdict: 'refused', why: said`${key} = ${reply.value} has been measured already with these other values` };
  return { verdict: 'try', value: reply.value };
}

/** Both languages of one sentence that the agent itself says. */
export const inBoth = (zh: string, en: string): Reason => ({ zh, en });
