/** Asking a person at a gate: yes, no, or a value of their own. */
import type { Gate } from '../domain/inbox.ts';
import { tunableNames } from '../domain/searchSpace.ts';
import { refusal, sendDecision } from '../runs/sending.ts';
import type { GivenDecision, Handle } from '../runs/sending.ts';
import { t, translated } from '../words/catalogue.ts';
import { plain } from './screen.ts';
import { questionText, takesWishes } from './terminal/questionCard.ts';

/** What may be answered besides yes and no. */
function answers(gate: Gate): string {
  const value = gate.valueFor === null ? [] : [t`a value to try`];
  return [...value, ...(takesWishes(gate) ? ['KEY=VALUE', 'key KEY', 'repeat'] : []), 'stop'].join(', ');
}

/** The question's words. */
export const question = (gate: Gate): string => `${questionText(gate)} ${t`[Y/n, or ${answers(gate)}]`}`;

/**
 * Reads what a person typed: yes, no, `stop`, `KEY=VALUE`, `key KEY`, `repeat`, or a value alone, which is one for the key
 * in question; null when it is no possible answer.
 */
export function readAnswer(typed: string, gate: Gate): GivenDecision | null {
  const word = typed.trim();
  if (/^(y|yes|是|)$/i.test(word)) return { decision: 'continue', gate: gate.id };
  if (/^(n|no|否)$/i.test(word)) return { decision: gate.kind === 'round' ? 'stop-round' : 'stop-run', gate: gate.id };
  if (/^(stop|停止)$/i.test(word)) return { decision: 'stop-run', gate: gate.id };
  if (takesWishes(gate)) {
    if (/^repeat$/i.test(word)) return { decision: 'repeat', gate: gate.id };
    const [, wish] = /^key\s+([A-Za-z_]\w*)$/i.exec(word) ?? [];
    if (wish) return { decision: 'key', key: keyNamed(wish), gate: gate.id };
  }
  const [, named, text = ''] = /^(?:([A-Za-z_]\w*)\s*=)?\s*(.*)$/.exec(word)!;
  const key = named === undefined ? gate.valueFor : keyNamed(named);
  if (text === '' || key === null) return null;
  const number = Number(text);
  return { decision: 'set', key, value: Number.isFinite(number) ? number : text, gate: gate.id };
}

/** The tasks' keys may be typed in small letters; those of own trainings are as their author wrote them. */
const keyNamed = (typed: string): string =>
  tunableNames().includes(typed.toUpperCase()) ? typed.toUpperCase() : typed;

/**
 * Asks until the answer is one that the run accepts.
 *
 * @param output - Where the question is shown: the screen's stream, since stdout may belong to `--json`.
 * @param signal - Aborted when the question was answered elsewhere.
 */
export async function askAtGate(
  handle: Handle,
  gate: Gate,
  { output, signal }: { output: NodeJS.WritableStream; signal: AbortSignal },
): Promise<string> {
  const { input } = await import('@inquirer/prompts');
  let problem = '';
  for (;;) {
    // What may be answered stands above it.
    const message = `${problem ? `${problem}\n  ` : ''}${questionText(gate)} [Y/n/…]`;
    const typed = await input({ message }, { output, signal, clearPromptOnDone: false });
    const decision = readAnswer(typed, gate);
    if (!decision) {
      problem = t`${plain(typed)} is no answer; allowed: y, n, ${answers(gate)}`;
      continue;
    }
    try {
      return await sendDecision(handle, decision);
    } catch (error) {
      const refused = refusal(error);
      if (refused === null) throw error;
      problem = plain(translated(refused));
    }
  }
}
