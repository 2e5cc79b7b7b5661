/** Asking the adviser: one question, one repair turn that quotes the error, then the local optimiser. */
import type { Advice, Consultation } from '../activities/contract.ts';
import { adviserContext } from '../domain/trajectory.ts';
import { addCall, adviserBudgetSpent } from '../domain/usage.ts';
import type { ProposedBy } from '../domain/trials.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';

/** Failures after which asking again is useless for the rest of the run. */
const FINAL: ReadonlySet<string> = new Set([
  'adviser_auth',
  'adviser_not_found',
  'adviser_bad_request',
  'adviser_quota',
]);

export interface Inquiry<Reply, Answer> {
  /** Names the question within the run; also the journal's file name. */
  name: string;
  key: string | null;
  ask: (summary: string, request: Consultation) => Promise<Advice<Reply>>;
  /** The checked answer, or the sentence that says why it is refused. */
  check: (reply: Reply) => { answer: Answer } | { refused: string; proposal: string };
}

export interface Consulted<Answer> {
  answer: Answer;
  proposedBy: ProposedBy;
  model: string;
}

/** Returns null when neither the adviser nor the fall-back had a usable answer. */
export async function consult<Reply, Answer>(
  host: Host,
  inquiry: Inquiry<Reply, Answer>,
): Promise<Consulted<Answer> | null> {
  const { state } = host;
  if (state.adviser!.kind === 'openai' && mayAsk(host, inquiry.name)) {
    const first = await askOnce(host, inquiry, 'openai', inquiry.name, null);
    if (first && 'answer' in first) return { ...first, proposedBy: 'adviser' };
    if (first && mayAsk(host, inquiry.name)) {
      const second = await askOnce(host, inquiry, 'openai', `${inquiry.name}-repair`, {
        reply: first.raw,
        problem: first.refused,
      });
      if (second && 'answer' in second) return { ...second, proposedBy: 'adviser' };
    }
  }
  const local = await askOnce(
    host,
    inquiry,
    'local',
    state.adviser!.kind === 'local' ? inquiry.name : `${inquiry.name}-fallback`,
    null,
  );
  if (local && 'answer' in local)
    return { ...local, proposedBy: state.adviser!.kind === 'local' ? 'adviser' : 'fallback' };
  return null;
}

function mayAsk({ state }: Host, name: string): boolean {
  if (state.adviserClosed) return false;
  const spent = adviserBudgetSpent(state.usage, state.config.AGENT_SETTINGS);
  if (!spent) return true;
  state.adviserClosed = spent;
  state.notes.push(`${name}: ${spent}; the local optimiser advises from here on`);
  return false;
}

type Once<Answer> = { answer: Answer; model: string } | { refused: string; raw: string };

async function askOnce<Reply, Answer>(
  host: Host,
  inquiry: Inquiry<Reply, Answer>,
  adviser: 'openai' | 'local',
  callId: string,
  repair: Consultation['repair'],
): Promise<Once<Answer> | null> {
  const { state } = host;
  const settings = state.config.AGENT_SETTINGS;
  let advice: Advice<Reply>;
  try {
    const request: Consultation = {
      run: state.run,
      outputRoot: state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT,
      callId,
      adviser,
      repair,
      context: adviserContext(state, inquiry.key),
      settings: {
        ADVISER: settings.ADVISER,
        GPT_MODEL: settings.GPT_MODEL,
        GPT_BASE_URL: settings.GPT_BASE_URL,
        GPT_TEMPERATURE: settings.GPT_TEMPERATURE,
        GPT_MAX_OUTPUT_TOKENS: settings.GPT_MAX_OUTPUT_TOKENS,
        GPT_TIMEOUT: settings.GPT_TIMEOUT,
      },
    };
    advice = await host.interruptible(() => inquiry.ask(callId, request));
  } catch (error) {
    if (error instanceof EndRun || host.isCancellation(error)) throw error;
    const { type, message } = host.describeError(error);
    state.notes.push(`${callId}: the ${adviser} adviser did not answer (${message})`);
    if (adviser === 'openai' && type && FINAL.has(type)) state.adviserClosed = message;
    return null;
  }
  if (adviser === 'openai') state.usage = addCall(state.usage, advice.usage, settings);
  const checked =
    advice.value === null
      ? { refused: advice.problem ?? 'no usable reply', proposal: advice.raw.slice(0, 200) }
      : inquiry.check(advice.value);
  if ('answer' in checked) return { answer: checked.answer, model: advice.model };
  state.refusals.push({ step: callId, key: inquiry.key, proposal: checked.proposal, why: checked.refused });
  return { refused: checked.refused, raw: advice.raw };
}
