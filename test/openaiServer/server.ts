/** An OpenAI-compatible server on loopback that answers sensibly, and misbehaves on demand. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedCall {
  /** Unix milliseconds. */
  at: number;
  path: string;
  authorization: string;
  body: { model?: string; messages?: { role: string; content: string }[]; response_format?: { type: string } };
}

/** One answer: a completion's content, or something done to the connection. */
export type Answer =
  | { content: string; finish?: string; usage?: object | null }
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | { raw: string }
  | 'reset'
  | 'half'
  | 'empty'
  | 'huge'
  | 'slow'
  | 'good';

export interface OpenAiServer {
  url: string;
  calls: ReceivedCall[];
  /** Answers of the next calls to chat/completions, in order; after them, and where it is empty, good ones. */
  script: Answer[];
  /** The checks with which runs begin, and their answers: apart, so that a script means the questions of the run. */
  probes: ReceivedCall[];
  probeScript: Answer[];
  close: () => Promise<void>;
}

/** @param key - The key that it accepts; another one is answered 401. */
export async function startOpenAiServer({
  key = 'sk-test-canary-0123456789',
  port = 0,
  log = (_call: ReceivedCall): void => {},
} = {}): Promise<OpenAiServer> {
  const calls: ReceivedCall[] = [];
  const script: Answer[] = [];
  const probes: ReceivedCall[] = [];
  const probeScript: Answer[] = [];
  const server: Server = createServer(
    (request, response) => void handle(request, response).catch(() => response.destroy()),
  );
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await text(request)) || '{}';
    const call: ReceivedCall = {
      at: Date.now(),
      path: request.url ?? '',
      authorization: request.headers.authorization ?? '',
      body: JSON.parse(body),
    };
    if (call.authorization !== `Bearer ${key}`)
      return json(response, 401, {
        error: { message: `Incorrect API key provided: ${call.authorization}`, code: 'invalid_api_key' },
      });
    if (!call.path.endsWith('/chat/completions')) return json(response, 200, { object: 'list', data: [] });
    if (isProbe(call)) {
      probes.push(call);
      return give(probeScript.shift() ?? 'good', call, request, response);
    }
    calls.push(call);
    log(call);
    return give(script.shift() ?? 'good', call, request, response);
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    script,
    probes,
    probeScript,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const promptOf = ({ body }: ReceivedCall): string => body.messages?.find(({ role }) => role === 'user')?.content ?? '';
const isProbe = (call: ReceivedCall): boolean => promptOf(call).startsWith('This is a check of the connection');

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function completion(
  call: ReceivedCall,
  content: string,
  finish = 'stop',
  usage: object | null = { prompt_tokens: 321, completion_tokens: 54, total_tokens: 375 },
): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: call.body.model,
    choices: [{ index: 0, finish_reason: finish, message: { role: 'assistant', content } }],
    ...(usage ? { usage } : {}),
  };
}

function give(answer: Answer, call: ReceivedCall, request: IncomingMessage, response: ServerResponse): void {
  if (answer === 'good') return json(response, 200, completion(call, sensible(call)));
  if (answer === 'reset') return void request.socket.destroy();
  if (answer === 'empty') return void response.writeHead(200, { 'content-type': 'application/json' }).end();
  if (answer === 'huge') return json(response, 200, completion(call, 'x'.repeat(10_000_000)));
  if (answer === 'half') {
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
      .write('{"id": "chatcmpl-1", "choi');
    setTimeout(() => request.socket.destroy(), 20);
    return;
  }
  if (answer === 'slow') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const dripping = setInterval(() => response.write(' '), 50);
    request.socket.once('close', () => clearInterval(dripping));
    return;
  }
  if ('raw' in answer) return void response.writeHead(200, { 'content-type': 'application/json' }).end(answer.raw);
  if ('status' in answer)
    return json(
      response,
      answer.status,
      answer.body ?? { error: { message: `scripted ${answer.status}` } },
      answer.headers,
    );
  return json(response, 200, completion(call, answer.content, answer.finish, answer.usage));
}

const reason = { zh: '根据已有结果，这个方向最值得尝试。', en: 'The results so far point this way.' };
/** Values that a sensible adviser tries, in this order; those the prompt names as measured are passed over. */
const IDEAS: Record<string, (string | number)[]> = {
  LEARNING_RATE: [0.0001, 0.0002, 0.00005, 0.0003, 0.00001],
  NUM_TRAIN_EPOCHS: [3, 2, 4, 5],
  TRAIN_BATCH_SIZE: [16, 4, 32, 64],
  WARMUP_RATIO: [0.05, 0.2, 0, 0.3],
  WEIGHT_DECAY: [0.01, 0.1, 0.2],
  LR_SCHEDULER: ['cosine', 'constant', 'constant_with_warmup'],
};

/** A valid answer to whichever prompt was sent. */
function sensible(call: ReceivedCall): string {
  const prompt = promptOf(call);
  const prediction = { low: 0, high: 1 };
  // As the search model has it: its first candidate.
  if (isProbe(call) || prompt.startsWith('Which training comes next?'))
    return JSON.stringify({ reason, prediction, action: 'train', proposals: [{ key: 'CANDIDATE', value: 1 }] });
  const key = /Parameter in hand: (\w+)/.exec(prompt)?.[1];
  if (key) {
    const measured = (/measured with everything else as in the best: (.*)\./.exec(prompt)?.[1] ?? '')
      .split('; ')
      .map((item) => item.split(' → ')[0]);
    const next = (IDEAS[key] ?? []).find(
      (value) => !measured.some((seen) => seen === String(value) || Number(seen) === value),
    );
    return JSON.stringify(
      next === undefined
        ? { key, value: null, exhausted: true, reason }
        : { key, value: next, exhausted: false, reason },
    );
  }
  if (prompt.includes('priority_keys'))
    return JSON.stringify({
      base_config: [],
      priority_keys: ['LEARNING_RATE', 'NUM_TRAIN_EPOCHS'].slice(0, Number(/at most (\d+)/.exec(prompt)?.[1] ?? 2)),
      reason,
    });
  return JSON.stringify({ summary: { zh: '学习率的影响最大。', en: 'The learning rate mattered most.' } });
}
