/** The adviser behind an OpenAI-compatible server. */
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { z } from 'zod';
import type { Advice } from '../../domain/contract.ts';
import { proposalSchema } from '../../domain/proposals.ts';
import { said } from '../../domain/said.ts';
import { planSchema, suggestionSchema, summarySchema } from '../../domain/suggestions.ts';
import type { Asking, LanguageModel, Question } from '../adviser.ts';
import { fillPrompt } from '../prompts.ts';
import type { PromptName } from '../prompts.ts';
import { ask } from './chat.ts';
import { serverAddress } from './server.ts';
import { nextWire, planWire, probeWire } from './wire.ts';

export const openaiAdviser: LanguageModel = {
  facts: (settings) => ({
    kind: 'openai',
    model: settings.GPT_MODEL,
    note: said`${settings.GPT_MODEL} at ${new URL(serverAddress(settings)).host}`,
  }),
  check,
  plan: (question) => consult(question, 'plan', planSchema, planWire(question.context)),
  suggest: (question) => consult(question, 'suggest', suggestionSchema),
  next: (question) => consult(question, 'next', proposalSchema, nextWire(question.context)),
  summarise: (question) => consult(question, 'summarise', summarySchema),
};

/**
 * One tiny question in the form of a proposal, so that a wrong model name, or a form that the server cannot give, is
 * found before anything is trained. An answer that cannot be used gets a second chance, as in a run.
 */
async function check(asking: Asking): Promise<Advice<unknown>> {
  const put = (problem: string) =>
    ask(asking, {
      messages: [{ role: 'user', content: fillPrompt('probe', null, { problem }) }],
      name: 'next',
      schema: proposalSchema,
      wire: probeWire(),
    });
  const first = await put('');
  if (first.value !== null || first.cut) return first;
  return put(`Your first answer could not be used: ${first.problem}.`);
}

function consult<Reply>(
  question: Question,
  name: PromptName,
  schema: z.ZodType<Reply>,
  wire?: z.ZodType,
): Promise<Advice<Reply>> {
  return ask(question, { messages: messagesFor(question, name), name, schema, ...(wire ? { wire } : {}) });
}

/**
 * The conversation: system and question; in a repair turn, the question with what was wrong with the first answer. That
 * answer itself is not shown: weak models repeat what they read. Some chat templates refuse two turns of one side in a row.
 */
function messagesFor(
  { context, repair }: Pick<Question, 'context' | 'repair'>,
  name: PromptName,
): ChatCompletionMessageParam[] {
  const question = fillPrompt(name, context);
  const asked = repair ? `${question}\n\n${fillPrompt('repair', context, { problem: repair.problem })}` : question;
  return [
    { role: 'system', content: fillPrompt('system', context) },
    { role: 'user', content: asked },
  ];
}
