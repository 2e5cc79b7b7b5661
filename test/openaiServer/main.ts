/**
 * The loopback server as a program: `node test/openaiServer/main.ts [--port N] [--log FILE]`. Prints its address and
 * its key.
 *
 * For trying the product with an adviser that costs nothing: set OPENAI_BASE_URL and OPENAI_API_KEY to what it prints.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startOpenAiServer } from './server.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, log: { type: 'string' } } });
const key = 'sk-loopback-0123456789';
const { url } = await startOpenAiServer({
  key,
  port: Number(values.port),
  log: ({ body }) =>
    values.log &&
    appendFileSync(values.log, `${JSON.stringify({ at: new Date().toISOString(), messages: body.messages })}\n`),
});
process.stdout.write(`OPENAI_BASE_URL=${url}\nOPENAI_API_KEY=${key}\n`);
