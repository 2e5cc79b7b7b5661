/** Asking the adviser: one question, one repair turn that tells the error, then what needs no language model. */
import type { Advice, AdviserSettings, Call, Consultation } from '../domain/contract.ts';
import type { Asked } from '../domain/evidence.ts';
import { STORE_UNAVAILABLE } from '../domain/failures.ts';
import { inShort } from '../domain/inShort.ts';
import { adviserContext } from '../domain/trajectory.ts';
import type { AdviserContext } from '../domain/trajectory.ts';
import { addCall, adviserAllowance, adviserBudgetSpent } from '../domain/usage.ts';
import type { CallUsage } from '../domain/usage.ts';
import type { RunState } from '../domain/runState.ts';
import { said } from '../domain/said.ts';
import type { ProposedBy } from '../domain/trials.ts';
import { isGivenUp, noteOutcome, onAdviserFailure, tooManyUnusable } from './adviserTrouble.ts';
import { runSecondsLeft } from './gates.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';

/** Failures after which asking again is useless for the rest of the run. */
const FINAL: ReadonlySet<string> = new Set([
  'adviser_auth',
  'adviser_not_found',
  'adviser_bad_request',
  'adviser_quota',
  'adviser_unusable',
]);
/** A question that MAX_TOKENS or MAX_COST_USD leave no room for. */
const NO_BUDGET = 'adviser_budget';
/** Attempts at a question, as temporalHost.ts bounds them. */
export const ADVISER_ATTEMPTS = 4;
/** Prompts are made of the context, and of at most this many bytes around it. */
const PROMPT_FRAME_BYTES = 4000;

export interface Inquiry<Reply, Answer> {
  /** Names the question within the run; also the journal's file name. */
  name: string;
  key: string | null;
  ask: (summary: string, request: Consultation) => Promise<Advice<Reply>>;
  /** The checked answer, or the sentence that says why it is refused. */
  check: (reply: Reply) => { answer: Answer } | { refused: string; proposal: string };
  /** Whether ON_ADVISER_FAILURE concerns it; not when nothing is left to decide. */
  optional?: boolean;
  /** What the state does not hold of it; since 0.4.0. */
  asked?: Asked;
}

export interface Consulted<Answer> {
  answer: Answer;
  proposedBy: ProposedBy;
  model: string;
}

/**
 * Returns null when nobody answered: neither the model nor the search model had a usable answer.
 *
 * @throws EndRun when ON_ADVISER_FAILURE, or a person it waits for, ends the run.
 */
export async function consult<Reply, Answer>(
  host: Host,
  inquiry: Inquiry<Reply, Answer>,
): Promise<Consulted<Answer> | null> {
  const { name } = inquiry;
  const modelAdvises = host.state.adviser!.kind === 'openai';
  const answered = modelAdvises ? await askWhileMended(host, inquiry) : null;
  if (answered) return { ...answered, proposedBy: 'adviser' };
  const local = await askOnce(host, inquiry, 'local', modelAdvises ? `${name}-fallback` : name, null);
  return 'answer' in local ? { ...local, proposedBy: modelAdvises ? 'fallback' : 'adviser' } : null;
}

/**
 * The language model's answer; null when there is none, or no language model: then the search model decides. Since 0.4.0.
 *
 * @throws EndRun as `consult` does.
 */
export async function consultModel<Reply, Answer>(
  host: Host,
  inquiry: Inquiry<Reply, Answer>,
): Promise<Answered<Answer> | null> {
  return host.state.adviser!.kind === 'openai' ? askWhileMended(host, inquiry) : null;
}

/** The model's answer; null when the search model is to answer. A person may mend the model, and it is asked again. */
async function askWhileMended<Reply, Answer>(
  host: Host,
  inquiry: Inquiry<Reply, Answer>,
): Promise<Answered<Answer> | null> {
  const { name, optional } = inquiry;
  for (let again = 0; ; again += 1) {
    const asked = await askModel(host, inquiry, again === 0 ? name : `${name}-again-${again}`);
    if ('answer' in asked) return asked;
    if (asked.failure === null || optional) return null;
    if ((await onAdviserFailure(host, name, asked.failure)) === 'fallback') return null;
  }
}

/** The model's answer, or its failure in a sentence; null when it was not asked, or may do better next time. */
async function askModel<Reply, Answer>(
  host: Host,
  inquiry: Inquiry<Reply, Answer>,
  callId: string,
): Promise<Answered<Answer> | { failure: string | null }> {
  if (!mayAsk(host, inquiry.name) || isGivenUp(host)) return { failure: null };
  const first = await askOnce(host, inquiry, 'openai', callId, null);
  const second =
    'refused' in first && !first.cut && mayAsk(host, inquiry.name)
      ? await askOnce(host, inquiry, 'openai', `${callId}-repair`, { reply: first.raw, problem: first.refused })
      : first;
  if ('answer' in second) {
    noteOutcome(host, callId, 'answered');
    return second;
  }
  if ('refused' in second) {
    noteOutcome(host, callId, 'unusable');
    return { failure: tooManyUnusable(host) ? said`its answers cannot be used: ${second.refused}` : null };
  }
  if (second.silent !== null) noteOutcome(host, callId, 'unanswered');
  return { failure: second.silent };
}

function mayAsk({ state }: Host, name: string): boolean {
  if (state.adviserClosed) return false;
  const spent = adviserBudgetSpent(state.usage, state.config.AGENT_SETTINGS);
  if (!spent) return true;
  closeForBudget(state, name, spent);
  return false;
}

function closeForBudget(state: RunState, step: string, why: string): void {
  state.adviserClosed = why;
  state.notes.push(said`${step}: ${why}; the search model advises from here on`);
}

/** What the question is asked from. Earlier releases count a lost question by its size, so it stays as it was for them. */
function contextOf(host: Host, { key, asked }: Pick<Inquiry<unknown, unknown>, 'key' | 'asked'>): AdviserContext {
  const evidence = host.release >= 4 ? { runSecondsLeft: runSecondsLeft(host), ...asked } : null;
  return adviserContext(host.state, key, evidence);
}

/** What every question carries. */
export function callOf(state: RunState, callId: string): Call {
  const { DEFAULT_CONFIG, AGENT_SETTINGS: settings } = state.config;
  return {
    run: state.run,
    outputRoot: DEFAULT_CONFIG.OUTPUT_DIR_ROOT,
    store: DEFAULT_CONFIG.STORE,
    callId,
    access: state.adviserAccess,
    budget: adviserAllowance(state.usage, settings),
    settings: {
      ADVISER: settings.ADVISER,
      GPT_MODEL: settings.GPT_MODEL,
      GPT_BASE_URL: settings.GPT_BASE_URL,
      GPT_TEMPERATURE: settings.GPT_TEMPERATURE,
      GPT_REASONING_EFFORT: settings.GPT_REASONING_EFFORT,
      GPT_MAX_OUTPUT_TOKENS: settings.GPT_MAX_OUTPUT_TOKENS,
      GPT_TIMEOUT: settings.GPT_TIMEOUT,
      GPT_PRICE_INPUT: settings.GPT_PRICE_INPUT,
      GPT_PRICE_OUTPUT: settings.GPT_PRICE_OUTPUT,
    } satisfies AdviserSettings,
  };
}

/**
 * Counts what a failed question used, and closes the adviser where asking again is useless.
 *
 * @param lost - What it can have used at most, for a question that ended without a word.
 */
export function takeFailure(
  { state, release }: Host,
  step: string,
  { type, message, details }: ReturnType<Host['describeError']>,
  lost: CallUsage,
): void {
  const none: CallUsage = { promptTokens: 0, completionTokens: 0, replies: 0, attempts: 0 };
  const told = (details as { usage?: CallUsage } | undefined)?.usage;
  // Before 0.3.0 a question without a word counted nothing, and what counts decides what is asked next.
  const used = told ?? ((type === null || type === STORE_UNAVAILABLE) && release >= 3 ? lost : none);
  state.usage = addCall(state.usage, used, state.config.AGENT_SETTINGS);
  if (type === NO_BUDGET) closeForBudget(state, step, message);
  else if (type && FINAL.has(type)) state.adviserClosed = message;
}

/** Counts a question that a person ended: it may have reached the server, and be paid for. Returns the end, to throw. */
export function takeInterruption(host: Host, step: string, end: EndRun, sent: string): EndRun {
  takeFailure(host, step, { type: null, message: end.message }, mostOf(host.state, sent, 1));
  return end;
}

/** One attempt asks with room for 1, 2 and 4 replies at most, and again for each form that a server refuses. */
const REPLIES_OF_ROOM = 1 + 2 + 4;
const REQUESTS_PER_ATTEMPT = 8;

/**
 * The most that a question can have used of which nobody is left to tell, its worker being dead or the question ended. No
 * more than the budget had left: each request was reserved in it.
 *
 * @param sent - What was sent beside the frame of the prompt; a token has one byte at least.
 */
export function mostOf(state: RunState, sent: string, attempts = ADVISER_ATTEMPTS): CallUsage {
  const settings = state.config.AGENT_SETTINGS;
  const { tokens: left } = adviserAllowance(state.usage, settings);
  const bytes = new TextEncoder().encode(sent).length + PROMPT_FRAME_BYTES;
  const most = {
    promptTokens: bytes * REQUESTS_PER_ATTEMPT * attempts,
    completionTokens: settings.GPT_MAX_OUTPUT_TOKENS * REPLIES_OF_ROOM * attempts,
  };
  const promptTokens = Math.min(most.promptTokens, left ?? Infinity);
  const completionTokens = Math.min(most.completionTokens, left === null ? Infinity : left - promptTokens);
  const assumedTokens = promptTokens + completionTokens;
  return { promptTokens, completionTokens, replies: 0, attempts, assumedTokens };
}

type Answered<Answer> = { answer: Answer; model: string };
/** `silent`: why no reply came; null when the budget has no room for the question. */
type Once<Answer> = Answered<Answer> | { refused: string; raw: string; cut: boolean } | { silent: string | null };

async function askOnce<Reply, Answer>(
  host: Host,
  inquiry: Inquiry<Reply, Answer>,
  adviser: 'openai' | 'local',
  callId: string,
  repair: Consultation['repair'],
): Promise<Once<Answer>> {
  const { state } = host;
  const context = contextOf(host, inquiry);
  const began = host.now();
  let advice: Advice<Reply>;
  try {
    const request: Consultation = { ...callOf(state, callId), adviser, repair, context };
    advice = await host.interruptible(() => inquiry.ask(inShort(state, callId), request));
  } catch (error) {
    if (host.isCancellation(error)) throw error;
    const sent = JSON.stringify([context, repair]);
    if (error instanceof EndRun) throw adviser === 'openai' ? takeInterruption(host, callId, error, sent) : error;
    const described = host.describeError(error);
    if (described.type !== NO_BUDGET)
      state.notes.push(said`${callId}: the ${adviser} adviser did not answer (${described.message})`);
    if (adviser === 'openai') takeFailure(host, callId, described, mostOf(state, sent));
    return { silent: described.type === NO_BUDGET ? null : described.message };
  } finally {
    if (adviser === 'openai') addWaiting(state, (host.now() - began) / 1000);
  }
  if (adviser === 'openai') state.usage = addCall(state.usage, advice.usage, state.config.AGENT_SETTINGS);
  // A reply that holds no proposal is told by its problem alone: its prose would steer later questions.
  const checked =
    advice.value === null
      ? { refused: advice.problem ?? said`no usable reply`, proposal: '' }
      : inquiry.check(advice.value);
  if ('answer' in checked) return { answer: checked.answer, model: advice.model };
  state.refusals.push({ step: callId, key: inquiry.key, proposal: checked.proposal, why: checked.refused });
  return { refused: checked.refused, raw: advice.raw, cut: advice.cut ?? false };
}

function addWaiting(state: RunState, seconds: number): void {
  state.usage = { ...state.usage, adviserSeconds: state.usage.adviserSeconds + seconds };
}
