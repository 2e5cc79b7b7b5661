/**
 * `setup-api-key`: asks for the adviser's key without echo, checks it, and keeps it in `.env`, readable by its owner
 * alone.
 */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import OpenAI, { APIError } from 'openai';
import writeFileAtomic from 'write-file-atomic';
import { redactor } from '../logging/secrets.ts';
import { OFFICIAL_SERVER, adviserEnvironment } from '../processes/adviserEnvironment.ts';
import { ENV_FILE } from '../processes/envFile.ts';
import { refuseAddress } from '../runs/adviserSettings.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { UserError } from '../runs/userError.ts';
import { t } from '../words/catalogue.ts';

const CHECK_WITHIN_MS = 20_000;

/**
 * The command. On a terminal the key is typed unseen; else it is read from stdin, so that it never stands on a command
 * line.
 *
 * @throws UserError when there is no key, or the server refuses it: nothing is written then.
 */
export async function setupApiKey({ baseUrl }: { baseUrl?: string }, file = ENV_FILE): Promise<number> {
  if (baseUrl !== undefined) refuseAddress('--base-url', baseUrl);
  const address = baseUrl ?? adviserEnvironment().baseUrl ?? OFFICIAL_SERVER;
  refuseAddress('OPENAI_BASE_URL', address);
  const key = (
    process.stdin.isTTY
      ? await (
          await import('@inquirer/prompts')
        ).password({ message: t`OpenAI API key (it is not shown):`, mask: true })
      : await text(process.stdin)
  ).trim();
  if (!/^[\x21-\x7e]{8,500}$/.test(key))
    throw new UserError(t`that is no API key: 8 or more characters without spaces are needed; nothing was written`);
  const verdict = await check(key, address);
  await writeSettings(file, { OPENAI_API_KEY: key, ...(baseUrl ? { OPENAI_BASE_URL: baseUrl } : {}) });
  process.stdout.write(
    `${t`${verdict} It is kept in .env (mode 600). Runs that start from now on have it; runs in progress keep theirs.`}\n`,
  );
  return EXIT.done;
}

/**
 * What the server says of the key. Only a clear no stops the set-up: some compatible servers have no list of models.
 */
async function check(key: string, baseURL: string): Promise<string> {
  const safe = redactor({ OPENAI_API_KEY: key });
  try {
    await new OpenAI({
      apiKey: key,
      maxRetries: 0,
      timeout: CHECK_WITHIN_MS,
      logLevel: 'off',
      baseURL,
    }).models.list();
    return t`The server accepts the key.`;
  } catch (error) {
    if (error instanceof APIError && (error.status === 401 || error.status === 403))
      throw new UserError(
        t`the server refuses the key (${error.status}): ${safe(error.message).slice(0, 200)}; nothing was written`,
      );
    return t`The key could not be checked (${safe((error as Error).message).slice(0, 200)}).`;
  }
}

/** Replaces these variables in the file and leaves every other line as it is. */
async function writeSettings(file: string, settings: Record<string, string>): Promise<void> {
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const kept = before
    .split('\n')
    .filter((line) => !Object.keys(settings).some((name) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(line)));
  while (kept.at(-1) === '') kept.pop();
  const lines = [...kept, ...Object.entries(settings).map(([name, value]) => `${name}=${JSON.stringify(value)}`)];
  await writeFileAtomic(file, `${lines.join('\n')}\n`, { mode: 0o600 });
}
