/** `start-run`: checks the configuration, brings up what is needed, starts a run and follows it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ConfigError } from '../config/configError.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { AdviserAccess } from '../domain/runState.ts';
import { givenNameSchema } from '../domain/settings.ts';
import type { TuningConfig } from '../domain/settings.ts';
import { pruneAdviserKeys, removeAdviserKey, storeAdviserKey } from '../local/adviserKeys.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { TASK_QUEUES, WORKFLOW_TYPE } from '../workflows/messages.ts';
import type { StartInput } from '../workflows/temporalHost.ts';
import type { tuningRun } from '../workflows/tuningRun.ts';
import { adviserHere, adviserWords, withServer, workersWords } from './adviserSettings.ts';
import { follow } from './follow.ts';
import type { Handle } from './gatePrompt.ts';
import { EXIT, exitCodeOf, outcomeJson } from './outcome.ts';
import { firstNamed, isOver, listRuns, runOf, runningNamed, workflowIdOf } from './runList.ts';
import { createScreen, styled } from './screen.ts';
import type { Screen } from './screen.ts';
import { connectToServer, ensureSearchAttributes, runUrl } from './server.ts';
import type { Server } from './server.ts';
import { UserError } from './userError.ts';

export interface StartOptions {
  auto?: boolean;
  interactive?: boolean;
  config?: string;
  set: string[];
  name?: string;
  detach?: boolean;
  json?: boolean;
  print?: boolean;
}

export async function startRun(options: StartOptions): Promise<number> {
  const screen = createScreen(options.json || options.print ? process.stderr : process.stdout);
  const config = configuration(options, screen);
  // Told before anything is started.
  const here = adviserHere(config.AGENT_SETTINGS);
  if (options.print) {
    const input = startInput(runNameOf(config, options.name), withServer(config, here), false, null);
    process.stdout.write(`${JSON.stringify(input, null, 2)}\n`);
    return EXIT.done;
  }
  const server = await connectToServer({ start: true, say: (line) => screen.line(line) });
  const { workflowId, started } = await startOrFind(server, config, options.name);
  screen.line(
    started ? `Run ${styled('bold', runOf(workflowId))} started` : `${runOf(workflowId)} runs already: following it`,
  );
  if (started)
    screen.line(
      `Adviser settings: ${server.local ? adviserWords(config.AGENT_SETTINGS, adviserHere(config.AGENT_SETTINGS)) : workersWords(config.AGENT_SETTINGS)}`,
    );
  const url = runUrl(server, workflowId);
  if (url) screen.line(styled('dim', `Web UI: ${url}`));
  if (options.detach) {
    screen.line(`Follow it with: npm run attach -- ${runOf(workflowId)}`);
    if (options.json)
      process.stdout.write(
        `${JSON.stringify({ run: runOf(workflowId), workflowId, status: 'running', webUi: url })}\n`,
      );
    return EXIT.done;
  }
  return followToEnd(server, workflowId, screen, Boolean(options.json));
}

/** Follows a run and ends as the run does; shared with `attach`. */
export async function followToEnd(server: Server, workflowId: string, screen: Screen, json: boolean): Promise<number> {
  const handle: Handle = server.client.workflow.getHandle<typeof tuningRun>(workflowId);
  const ended = await follow(handle, screen);
  if (!ended) {
    screen.line(`The run goes on without this terminal. Come back with: npm run attach -- ${runOf(workflowId)}`);
    return EXIT.left;
  }
  if (json) process.stdout.write(`${JSON.stringify(outcomeJson(workflowId, ended, runUrl(server, workflowId)))}\n`);
  return exitCodeOf(ended);
}

/** @throws UserError naming everything that is wrong with the configuration. */
function configuration(options: StartOptions, screen: Screen): TuningConfig {
  if (options.auto && options.interactive) throw new UserError('--auto and --interactive exclude each other');
  const name = givenNameSchema.optional().safeParse(options.name);
  if (!name.success) throw new UserError(`--name ${options.name}: ${name.error.issues[0]!.message}`);
  let config: TuningConfig;
  try {
    const file = options.config && fromCaller(options.config);
    config = resolveConfig({ ...(file ? { file } : {}), set: options.set, environment: process.env });
  } catch (error) {
    if (error instanceof ConfigError)
      throw new UserError(
        `The configuration cannot be used:\n${error.problems.map((problem) => `  ${problem}`).join('\n')}`,
      );
    throw error;
  }
  const interactive = options.auto
    ? false
    : options.interactive
      ? true
      : config.AGENT_SETTINGS.INTERACTIVE_MODE && screen.interactive;
  if (config.AGENT_SETTINGS.INTERACTIVE_MODE && !interactive && !options.auto)
    screen.line(
      'There is no terminal to ask at, so the run goes on by itself; --interactive waits for decisions from elsewhere.',
    );
  return {
    ...config,
    DEFAULT_CONFIG: {
      ...config.DEFAULT_CONFIG,
      DATASET_NAME: existingPath(config.DEFAULT_CONFIG.DATASET_NAME),
      BASE_MODEL: existingPath(config.DEFAULT_CONFIG.BASE_MODEL),
    },
    AGENT_SETTINGS: { ...config.AGENT_SETTINGS, INTERACTIVE_MODE: interactive },
  };
}

/** npm runs commands in the project's root; paths are meant from where the person stands. */
function fromCaller(file: string): string {
  return path.resolve(process.env['INIT_CWD'] ?? process.cwd(), file);
}

/** A local path becomes one that the worker understands; names such as `sample` and hub ids stay. */
function existingPath(name: string): string {
  if (existsSync(path.resolve(PROJECT_ROOT, name))) return name;
  const meant = fromCaller(name);
  return existsSync(meant) ? meant : name;
}

/**
 * Starts a run; a run of that name that is under way is found instead.
 *
 * Two commands may start one name at the same moment, from two machines. Ids carry the second of their start, so the
 * server cannot refuse the later one by its id: each looks again after its start, and the later one gives way.
 */
async function startOrFind(
  server: Server,
  config: TuningConfig,
  name: string | undefined,
): Promise<{ workflowId: string; started: boolean }> {
  for (;;) {
    const [running] = name ? await runningNamed(server, name) : [];
    if (running) return { workflowId: running, started: false };
    const workflowId = await start(server, config, name);
    if (workflowId) {
      const first = name ? await firstNamed(server, name, workflowId) : workflowId;
      if (first === workflowId) return { workflowId, started: true };
      await server.client.workflow
        .getHandle(workflowId)
        .terminate(`${runOf(first)} of the same name was started first`);
      return { workflowId: first, started: false };
    }
    await sleep(1000);
  }
}

/** Starts a run; null when one with the same second in its id exists. */
async function start(server: Server, config: TuningConfig, name: string | undefined): Promise<string | null> {
  const run = runNameOf(config, name);
  const searchAttributes = await ensureSearchAttributes(server);
  try {
    await launch(server, run, config, searchAttributes);
    return workflowIdOf(run);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

/** The name that a person gave, or RUN_NAME_PREFIX, with the second of the start in UTC. */
function runNameOf(config: TuningConfig, name: string | undefined): string {
  const timestamp = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${name ?? config.DEFAULT_CONFIG.RUN_NAME_PREFIX}-${timestamp}`;
}

const startInput = (
  run: string,
  config: TuningConfig,
  searchAttributes: boolean,
  adviserAccess: AdviserAccess | null,
): StartInput => ({ run, config, searchAttributes, ...(adviserAccess ? { adviserAccess } : {}) });

async function launch(server: Server, run: string, given: TuningConfig, searchAttributes: boolean): Promise<void> {
  const { config, adviserAccess } = await adviserOf(server, run, given);
  try {
    await server.client.workflow.start<typeof tuningRun>(WORKFLOW_TYPE, {
      taskQueue: TASK_QUEUES.tuning,
      workflowId: workflowIdOf(run),
      args: [startInput(run, config, searchAttributes, adviserAccess)],
      staticSummary: `Tuning ${config.DEFAULT_CONFIG.BASE_MODEL} on ${config.DEFAULT_CONFIG.DATASET_NAME}`,
      staticDetails: `Run **${run}**. Answer its questions with signals \`continue\`, \`stop\`, \`pause\`, \`resume\`, \`override\`, or with \`npm run decide\`.`,
    });
  } catch (error) {
    // After any other error the run may have begun all the same; the next start takes away what nobody needs.
    if (error instanceof WorkflowExecutionAlreadyStartedError) await removeAdviserKey(adviserAccess);
    throw error;
  }
}

/**
 * A run on the local stack has the adviser of its own shell, whatever shell started the stack; workers elsewhere have
 * keys of their own.
 */
async function adviserOf(
  server: Server,
  run: string,
  config: TuningConfig,
): Promise<{ config: TuningConfig; adviserAccess: AdviserAccess | null }> {
  if (!server.local) return { config, adviserAccess: null };
  const here = adviserHere(config.AGENT_SETTINGS);
  await pruneAdviserKeys(
    (workflowId) => isOver(server, workflowId),
    async () => (await listRuns(server, "ExecutionStatus = 'Running'")).length === 0,
  );
  const adviserAccess =
    here.apiKey === null || config.AGENT_SETTINGS.ADVISER === 'local'
      ? { ref: null, origin: here.origin }
      : await storeAdviserKey(workflowIdOf(run), here.apiKey, here.origin);
  return { config: withServer(config, here), adviserAccess };
}
