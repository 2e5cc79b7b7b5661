/** Asking a person at a gate: yes, no, or a value of their own. */
import type { Gate } from '../domain/decisions.ts';
import { plain } from './screen.ts';
import { refusal, sendDecision } from './sending.ts';
import type { GivenDecision, Handle } from './sending.ts';

/** Runs of 0.4.0 and later take a key or a repeat at every question. */
const takesWishes = ({ keeps }: Gate): boolean => keeps !== undefined;

/** What may be answered besides yes and no. */
export function answers(gate: Gate): string {
  const value = gate.valueFor === null ? [] : ['a value to try'];
  return [...value, ...(takesWishes(gate) ? ['KEY=VALUE', 'key KEY', 'repeat'] : [])].join(', ');
}

/** The question's words. */
export function question(gate: Gate): string {
  const { kind, key, valueFor } = gate;
  const may = `[Y/n, or ${answers(gate)}]`;
  if (kind === 'round') return `Continue with the next round of ${key}? ${may}`;
  if (kind === 'parameter') return `Go on with the next parameter, ${valueFor}? ${may}`;
  return `Go on with the next training, of whichever key promises most? ${may}`;
}

/**
 * Reads what a person typed: yes, no, `KEY=VALUE`, `key KEY`, `repeat`, or a value alone, which is one for the key in
 * question; null when it is no possible answer.
 */
export function readAnswer(typed: string, gate: Gate): GivenDecision | null {
  const word = typed.trim();
  if (/^(y|yes|是|)$/i.test(word)) return { decision: 'continue', gate: gate.id };
  if (/^(n|no|否)$/i.test(word)) return { decision: gate.kind === 'round' ? 'stop-round' : 'stop-run', gate: gate.id };
  if (takesWishes(gate)) {
    if (/^repeat$/i.test(word)) return { decision: 'repeat', gate: gate.id };
    const [, wish] = /^key\s+([A-Z_]+)$/i.exec(word) ?? [];
    if (wish) return { decision: 'key', key: wish.toUpperCase(), gate: gate.id };
  }
  const [, key = gate.valueFor, text = ''] = /^(?:([A-Z_]+)\s*=)?\s*(.*)$/.exec(word)!;
  if (text === '' || key === null) return null;
  const number = Number(text);
  return { decision: 'set', key, value: Number.isFinite(number) ? number : text, gate: gate.id };
}

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
    const message = `${problem ? `${problem}\n  ` : ''}${question(gate)}`;
    const typed = await input({ message }, { output, signal, clearPromptOnDone: false });
    const decision = readAnswer(typed, gate);
    if (!decision) {
      problem = `${plain(typed)} is no answer; allowed: y, n, ${answers(gate)}`;
      continue;
    }
    try {
      return await sendDecision(handle, decision);
    } catch (error) {
      const refused = refusal(error);
      if (refused === null) throw error;
      problem = refused;
    }
  }
}
