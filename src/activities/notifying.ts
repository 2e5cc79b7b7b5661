/**
 * The `notify` activity: a signed POST to the run's webhook, after the Standard Webhooks specification
 * (https://www.standardwebhooks.com): headers `webhook-id`, `webhook-timestamp`, `webhook-signature`.
 *
 * Run twice, it sends the same id twice, by which a receiver knows that it has seen the event.
 */
import { ApplicationFailure } from '@temporalio/activity';
import { Webhook } from 'standardwebhooks';
import type { NotifyRequest } from '../domain/contract.ts';
import type { Notice } from '../domain/notices.ts';
import { readEnvironmentFile } from '../processes/envFile.mjs';
import { translated } from '../words/catalogue.ts';
import { ENV_FILE } from '../processes/envFile.ts';
import { said } from '../domain/said.ts';

/** Milliseconds that a receiver has for its answer. */
const ANSWERS_WITHIN_MS = 10_000;
/** Too many at once, or a receiver's own trouble: later it may work. */
const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

const WEBHOOK_SECRET = 'TUNING_WEBHOOK_SECRET';

export interface NotifyWith {
  /** Address of the dashboard that people open; null: none runs here. */
  dashboard: () => Promise<string | null>;
  /** Value of a variable of this worker, also from `.env` as it is now. */
  variable?: (name: string) => string | undefined;
}

const fromHere = (name: string): string | undefined => readEnvironmentFile(ENV_FILE)[name] ?? process.env[name];

export const notifyWith =
  ({ dashboard, variable = fromHere }: NotifyWith) =>
  async ({ webhook, notice }: NotifyRequest): Promise<void> => {
    const address = addressOf(webhook, variable);
    const body = JSON.stringify(messageOf(notice, await dashboard()));
    const response = await post(address, body, headersOf(notice.id, body, variable(WEBHOOK_SECRET)));
    await response.body?.cancel();
    if (response.ok) return;
    throw ApplicationFailure.create({
      type: 'webhook',
      message: said`the receiver at ${address.host} answered ${response.status}`,
      nonRetryable: !isPassing(response.status),
    });
  };

/** What is sent. `text` alone is what chat services read. */
export function messageOf(notice: Notice, dashboard: string | null) {
  const { type, run, question, text: made, ...facts } = notice;
  const text = { en: made.en, zh: inChinese(notice) };
  const link = dashboard && `${dashboard}/run/${encodeURIComponent(run)}${question ? '#question' : ''}`;
  const commands = question?.answers.map((answer) => `npm run decide -- ${run} ${answer}`) ?? [];
  return {
    type,
    timestamp: new Date().toISOString(),
    text: [`${run}: ${text.en}`, text.zh, ...(link ? [link] : [])].join('\n'),
    data: { run, message: text, question, ...facts, links: { dashboard: link }, commands },
  };
}

/** What the run keeps in English is put into Chinese where it is told. */
const inChinese = ({ text, because, best }: Notice): string =>
  [because, best?.title].reduce<string>(
    (zh, english) => (english ? zh.replaceAll(english, translated(english, 'zh')) : zh),
    text.zh,
  );

function addressOf(webhook: string, variable: (name: string) => string | undefined): URL {
  const name = /^env:(.+)$/.exec(webhook)?.[1];
  const address = name === undefined ? webhook : variable(name);
  if (address !== undefined && URL.canParse(address) && /^https?:/.test(address)) return new URL(address);
  // The value is not repeated: addresses of chat services are secrets.
  throw ApplicationFailure.nonRetryable(
    said`NOTIFY_WEBHOOK ${webhook}: ${name} is ${address === undefined ? said`not set` : said`no http(s) address`} where the worker runs`,
    'webhook',
  );
}

function headersOf(id: string, body: string, secret: string | undefined): Record<string, string> {
  const at = new Date();
  const identity = { 'webhook-id': id, 'webhook-timestamp': String(Math.floor(at.getTime() / 1000)) };
  return secret ? { ...identity, 'webhook-signature': signer(secret).sign(id, at, body) } : identity;
}

function signer(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw ApplicationFailure.nonRetryable(
      said`${WEBHOOK_SECRET} cannot be used: allowed: whsec_ and base64, as \`openssl rand -base64 32\` makes it`,
      'webhook',
    );
  }
}

async function post(address: URL, body: string, headers: Record<string, string>): Promise<Response> {
  try {
    return await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    });
  } catch (error) {
    const cause = (error as Error).cause as { code?: string } | undefined;
    throw ApplicationFailure.retryable(
      said`the receiver at ${address.host} could not be reached (${cause?.code ?? (error as Error).name})`,
      'webhook',
    );
  }
}
