/** What an error of the server means for the run: asked again, later, or not at all. */
import { ApplicationFailure } from '@temporalio/common';
import { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import { said } from '../../domain/said.ts';
import { redactor } from '../../logging/secrets.ts';

/** A server that asks for a longer pause is not waited for that long: the fall-back advises instead. */
const LONGEST_PAUSE_MS = 600_000;
const LONGEST_MESSAGE = 300;

/** Names of the failures, as Temporal and the notes of a run show them. */
export const ADVISER_FAILURES = {
  auth: 'adviser_auth',
  notFound: 'adviser_not_found',
  badRequest: 'adviser_bad_request',
  quota: 'adviser_quota',
  rateLimit: 'adviser_rate_limit',
  unavailable: 'adviser_unavailable',
  /** No whole reply in time: it may have been paid for, so it is asked again once at most. */
  timeout: 'adviser_timeout',
  /** The model answers, but not in the form that is needed. */
  unusable: 'adviser_unusable',
} as const;

const safe = (text: string): string => redactor()(text).replace(/\s+/g, ' ').slice(0, LONGEST_MESSAGE);

/** A failure whose message is safe to keep for ever. */
export function failureOf(
  type: string,
  message: string,
  { nonRetryable = false, nextRetryDelay = null as number | null } = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: safe(message),
    nonRetryable,
    ...(nextRetryDelay ? { nextRetryDelay } : {}),
  });
}

/** Statuses of proxies that gave up waiting: the server behind them may have answered, and been paid. */
const GAVE_UP = new Set([408, 499, 502, 504, 524]);
/** The request never reached a server. */
const NOT_SENT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/;

/** Whether it is certain that no reply was made, and so none is to be paid for. */
export function wasRefused(error: unknown): boolean {
  if (error instanceof APIError && error.status) return !GAVE_UP.has(error.status);
  for (let current = error; current instanceof Error; current = current.cause)
    if (NOT_SENT.test(String((current as NodeJS.ErrnoException).code ?? ''))) return true;
  return false;
}

/** Milliseconds that Retry-After asks for (seconds or a date, RFC 9110 §10.2.3), or null. */
export function retryAfter(header: string | null | undefined, now: number): number | null {
  if (!header) return null;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), LONGEST_PAUSE_MS) : null;
}

/** Turns what the SDK throws into a failure whose message is safe to keep for ever. */
export function toFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const fail = (type: string, message: string, nonRetryable: boolean, nextRetryDelay: number | null = null) =>
    failureOf(type, message, { nonRetryable, nextRetryDelay });
  if (error instanceof APIConnectionError || error instanceof APIUserAbortError || !(error instanceof APIError)) {
    return fail(ADVISER_FAILURES.unavailable, said`the adviser's server cannot be reached: ${causes(error)}`, false);
  }
  const status = error.status ?? 0;
  const answered = said`the adviser's server answered ${status}: ${error.message}`;
  if (error.code === 'insufficient_quota') return fail(ADVISER_FAILURES.quota, answered, true);
  if (status === 401 || status === 403)
    return fail(ADVISER_FAILURES.auth, said`${answered}; check the key with npm run setup-api-key`, true);
  if (status === 404) return fail(ADVISER_FAILURES.notFound, said`${answered}; check GPT_MODEL and GPT_BASE_URL`, true);
  if (status === 429)
    return fail(ADVISER_FAILURES.rateLimit, answered, false, retryAfter(error.headers?.get('retry-after'), Date.now()));
  if (status >= 400 && status < 500 && status !== 408 && status !== 409)
    return fail(ADVISER_FAILURES.badRequest, answered, true);
  return fail(ADVISER_FAILURES.unavailable, answered, false);
}

function causes(error: unknown): string {
  const messages: string[] = [];
  for (let current = error; current instanceof Error && messages.length < 4; current = current.cause)
    messages.push(current.message);
  return messages.join(': ') || String(error);
}
