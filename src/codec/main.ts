/**
 * Shows encrypted runs in the Web UI: `node src/codec/main.ts [--port 8334] [--origin http://127.0.0.1:8233]`, with the
 * keys of the environment.
 *
 * Ends on SIGTERM and Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { ConfigError } from '../config/configError.ts';
import { portOf } from '../config/ports.ts';
import { said } from '../domain/said.ts';
import { loadEnvironmentFile } from '../processes/envFile.ts';
import { languageOf, translated } from '../words/catalogue.ts';
import { startCodecServer } from './codecServer.ts';
import { payloadCodecFromEnvironment } from './payloadCodec.ts';

async function main(): Promise<number> {
  loadEnvironmentFile();
  const { port, origin } = options();
  const codec = payloadCodecFromEnvironment();
  if (!codec)
    throw new ConfigError([
      said`TUNING_PAYLOAD_KEY: must be set, to the key that the runs are encrypted with; allowed: the base64 of exactly 32 bytes`,
    ]);
  const server = await startCodecServer({ port, origin, codec });
  const ended = new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve));
  console.log(
    said`The codec server is at ${server.url}: in the Web UI at ${origin}, click the glasses icon and enter that address as "Remote Codec Endpoint".`,
  );
  await ended;
  await server.close();
  return 0;
}

/** @throws ConfigError when one is unknown or has no use. */
function options(): { port: number; origin: string } {
  const { port, origin } = parsed();
  const number = portOf(port);
  // A browser names the origin without the slash that people copy along.
  if (!URL.canParse(origin) || !/^https?:$/.test(new URL(origin).protocol))
    throw new ConfigError([
      said`--origin ${origin}: must be the Web UI's http(s) address, for example http://127.0.0.1:8233`,
    ]);
  return { port: number, origin: new URL(origin).origin };
}

function parsed(): { port: string; origin: string } {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '8334' },
        origin: { type: 'string', default: 'http://127.0.0.1:8233' },
      },
    }).values;
  } catch (error) {
    throw new ConfigError([said`${(error as Error).message}; allowed: --port and --origin`]);
  }
}

process.exitCode = await main().catch((error: Error) => {
  console.error(translated(error.message, languageOf(process.env)));
  return error instanceof ConfigError ? 2 : 1;
});
