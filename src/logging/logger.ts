/** Logs: JSON lines under .tuning/logs/, rotated, with secrets taken out. */
import path from 'node:path';
import pino from 'pino';
import type { Logger } from 'pino';
import { LOCAL } from '../local/paths.ts';
import { redactor } from './secrets.ts';

/** Five files of one name, each at most this large; older ones are removed, also those of processes that are gone. */
const ROTATION = { size: '10m', limit: { count: 4, removeOtherLogFiles: true } } as const;

/**
 * The log of one process.
 *
 * @param name - Names the file: `<name>.log`.
 * @param terminal - Also human-readable on stderr.
 */
export function createLogger(name: string, { level = 'info', terminal = false } = {}): Logger {
  const targets: pino.TransportTargetOptions[] = [
    {
      target: 'pino-roll',
      level,
      options: { file: path.join(LOCAL.logs, name), extension: '.log', mkdir: true, ...ROTATION },
    },
  ];
  if (terminal)
    targets.push({
      target: 'pino-pretty',
      level,
      options: { destination: 2, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname,name' },
    });
  const redact = redactor();
  return pino(
    {
      name,
      level,
      redact: {
        paths: [
          'apiKey',
          '*.apiKey',
          'authorization',
          '*.authorization',
          'headers.authorization',
          '*.headers.authorization',
        ],
        censor: '[secret]',
      },
      hooks: { streamWrite: redact },
    },
    pino.transport({ targets }),
  );
}
