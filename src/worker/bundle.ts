/** The workflow's bundle, made once for each state of the sources: bundling takes seconds, reading it none. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { Logger } from 'pino';
import writeFileAtomic from 'write-file-atomic';
import { dataConverterFromEnvironment } from '../codec/payloadCodec.ts';
import { LOCAL } from '../local/paths.ts';
import { digestOf } from '../local/version.ts';
import { IS_PACKAGE, PROJECT_ROOT, SOURCE_ROOT, moduleFile } from '../projectRoot.ts';

/** The workflow, for workers that bundle it with others of an application. */
export const WORKFLOWS_PATH = moduleFile('workflows/index');

/** Everything that can end up in the bundle. A package has no lock of its own. */
const SOURCES = [
  ...['workflows', 'domain'].map((folder) => path.join(SOURCE_ROOT, folder)),
  moduleFile('codec/failureConverter'),
  path.join(PROJECT_ROOT, IS_PACKAGE ? 'package.json' : 'package-lock.json'),
].map((source) => path.relative(PROJECT_ROOT, source));

/**
 * The bundle for `Worker.create`, from the cache if the sources are as they were.
 *
 * @param failureConverterPath - Set where payloads are encrypted.
 */
export async function workflowBundle(
  logger: Pick<Logger, 'warn' | 'error'>,
  failureConverterPath = dataConverterFromEnvironment()?.failureConverterPath,
): Promise<{ codePath: string }> {
  const codePath = LOCAL.workflowBundle(`${await hashOfSources()}${failureConverterPath ? '-encrypted' : ''}`);
  if (
    !(await readFile(codePath).then(
      () => true,
      () => false,
    ))
  ) {
    const { code } = await bundleWorkflowCode({
      workflowsPath: WORKFLOWS_PATH,
      ...(failureConverterPath ? { failureConverterPath } : {}),
      logger: { ...quiet, warn: (message) => logger.warn(message), error: (message) => logger.error(message) },
    });
    await mkdir(path.dirname(codePath), { recursive: true });
    await writeFileAtomic(codePath, code);
  }
  return { codePath };
}

const nothing = (): void => {};
const quiet = { log: nothing, trace: nothing, debug: nothing, info: nothing };

async function hashOfSources(): Promise<string> {
  const sources = await digestOf(PROJECT_ROOT, SOURCES);
  return createHash('sha256').update(`${process.version}\n${sources}`).digest('hex').slice(0, 16);
}
