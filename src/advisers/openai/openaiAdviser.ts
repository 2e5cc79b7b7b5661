/** The adviser behind an OpenAI-compatible server. */
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { z } from 'zod';
import type { Advice, AdviserSettings } from '../../activities/contract.ts';
import { planSchema, suggestionSchema, summarySchema } from '../../domain/suggestions.ts';
import type { Adviser, Question } from '../adviser.ts';
import { fillPrompt } from '../prompts.ts';
import type { PromptName } from '../prompts.ts';
import { ask, openaiClient, serverAddress } from './chat.ts';
import { ADVISER_FAILURES, toFailure } from './errors.ts';

export const openaiAdviser: Adviser = {
  probe: async (settings, signal) => {
    await refuseUnusableServer(settings, signal);
    return {
      kind: 'openai',
      model: settings.GPT_MODEL,
      note: `${settings.GPT_MODEL} at ${new URL(serverAddress(settings)).host}`,
    };
  },
  plan: (question) => consult(question, 'plan', planSchema),
  suggest: (question) => consult(question, 'suggest', suggestionSchema),
  summarise: (question) => consult(question, 'summarise', summarySchema),
};

/** Asks for the list of models, which costs nothing; a server without such a list is believed. */
async function refuseUnusableServer(settings: AdviserSettings, signal: AbortSignal): Promise<void> {
  try {
    await openaiClient(settings).models.list({ signal });
  } catch (error) {
    const failure = toFailure(error);
    if (failure.type !== ADVISER_FAILURES.notFound && failure.type !== ADVISER_FAILURES.badRequest) throw failure;
  }
}

function consult<Reply>(question: Question, name: PromptName, schema: z.ZodType<Reply>): Promise<Advice<Reply>> {
  return ask(question.settings, messagesFor(question, name), name, schema, question.signal);
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
