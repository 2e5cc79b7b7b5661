/** The adviser behind an OpenAI-compatible server. */
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { z } from 'zod';
import type { Advice } from '../../activities/contract.ts';
import { planSchema, suggestionSchema, summarySchema } from '../../domain/suggestions.ts';
import type { Adviser, Asking, Question } from '../adviser.ts';
import { fillPrompt } from '../prompts.ts';
import type { PromptName } from '../prompts.ts';
import { ask } from './chat.ts';
import { serverAddress } from './server.ts';

export const openaiAdviser: Adviser = {
  facts: (settings) => ({
    kind: 'openai',
    model: settings.GPT_MODEL,
    note: `${settings.GPT_MODEL} at ${new URL(serverAddress(settings)).host}`,
  }),
  check,
  plan: (question) => consult(question, 'plan', planSchema),
  suggest: (question) => consult(question, 'suggest', suggestionSchema),
  summarise: (question) => consult(question, 'summarise', summarySchema),
};

/**
 * One tiny question in the form of a suggestion, so that a wrong model name, or a form that the server cannot give, is
 * found before anything is trained. An answer that cannot be used gets a second chance, as in a run.
 */
async function check(asking: Asking): Promise<Advice<unknown>> {
  const put = (problem: string) =>
    ask(asking, {
      messages: [{ role: 'user', content: fillPrompt('probe', null, { problem }) }],
      name: 'suggest',
      schema: suggestionSchema,
    });
  const first = await put('');
  if (first.value !== null || first.cut) return first;
  return put(`Your first answer could not be used: ${first.problem}.`);
}

function consult<Reply>(question: Question, name: PromptName, schema: z.ZodType<Reply>): Promise<Advice<Reply>> {
  return ask(question, { messages: messagesFor(question, name), name, schema });
}

/** The conversation: system, question, and for a repair turn the broken reply and what was wrong with it. */
export function messagesFor(
  { context, repair }: Pick<Question, 'context' | 'repair'>,
  name: PromptName,
): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = [
    { role: 'system', content: fillPrompt('system', context) },
    { role: 'user', content: fillPrompt(name, context) },
  ];
  if (!repair) return messages;
  return [
    ...messages,
    { role: 'assistant', content: repair.reply || '(empty)' },
    { role: 'user', content: fillPrompt('repair', context, { problem: repair.problem }) },
  ];
}
