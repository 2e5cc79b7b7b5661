/** `start-run`: checks the configuration, brings up what is needed, starts a run and follows it. */
import type { TuningConfig } from '../domain/settings.ts';
import { adviserHere, adviserWords, withServer, workersWords } from '../runs/adviserSettings.ts';
import { resolvedOrRefused } from '../runs/configuration.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { runNameOf, startInput, startOrFind } from '../runs/launching.ts';
import { runOf } from '../runs/runList.ts';
import type { Handle } from '../runs/sending.ts';
import { connectToServer } from '../runs/server.ts';
import type { Server } from '../runs/server.ts';
import type { tuningRun } from '../workflows/tuningRun.ts';
import { addressesOf } from './addresses.ts';
import { existingPath, fromCaller } from './callerPaths.ts';
import { follow } from './follow.ts';
import { exitCodeOf, outcomeJson } from './outcome.ts';
import { leavingLines, placeLines } from './terminal/startLines.ts';
import { copyable, labelled, wrapped } from './terminal/view.ts';
import { createScreen, styled } from './screen.ts';
import type { Screen } from './screen.ts';
import { refuseMissingTrackers } from './trackRun.ts';
import { t, translated } from '../words/catalogue.ts';

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
  const { config, silenced } = configuration(options, screen);
  // Told before anything is started.
  const here = adviserHere(config.AGENT_SETTINGS);
  if (options.print) {
    if (silenced)
      screen.line(
        t`There is no terminal to ask at, so INTERACTIVE_MODE is false in this input: a run that is started with it goes on by itself. With --interactive it is true, and the run waits for decisions from elsewhere.`,
      );
    const input = startInput(runNameOf(config, options.name), withServer(config, here), false, null);
    process.stdout.write(`${JSON.stringify(input, null, 2)}\n`);
    return EXIT.done;
  }
  await refuseMissingTrackers(config);
  const server = await connectToServer({ start: true, say: (line) => screen.lines(wrapped(line, screen.view())) });
  const { workflowId, started } = await startOrFind(server, config, options.name);
  screen.line(
    started ? t`Run ${styled('bold', runOf(workflowId))} started` : t`${runOf(workflowId)} runs already: following it`,
  );
  if (started) tellSilenced(silenced, screen);
  return afterStart(server, workflowId, started ? config : null, options, screen);
}

/** Said of a run that was started just now: one that runs already may well ask. */
export function tellSilenced(silenced: boolean, screen: Screen): void {
  if (silenced)
    screen.line(
      t`There is no terminal to ask at, so the run goes on by itself; --interactive waits for decisions from elsewhere.`,
    );
}

/** Tells where a run is to be seen, then follows or leaves it. `config`: of one that was started just now. */
export async function afterStart(
  server: Server,
  workflowId: string,
  config: TuningConfig | null,
  options: Pick<StartOptions, 'detach' | 'json'>,
  screen: Screen,
): Promise<number> {
  if (config) {
    const { AGENT_SETTINGS: settings } = config;
    const words = server.local ? adviserWords(settings, adviserHere(settings)) : workersWords(settings);
    screen.lines(labelled(t`settings`, translated(words), screen.view()));
  }
  const addresses = await addressesOf(server, workflowId, screen);
  screen.lines(placeLines(addresses, screen.view()));
  if (options.detach) {
    screen.lines(copyable(t`follow it`, `npm run attach -- ${runOf(workflowId)}`, screen.view()));
    if (options.json)
      process.stdout.write(
        `${JSON.stringify({ run: runOf(workflowId), workflowId, status: 'running', webUi: addresses.webUi })}\n`,
      );
    return EXIT.done;
  }
  return followToEnd(server, workflowId, screen, Boolean(options.json));
}

/** Follows a run and ends as the run does; shared with `attach`. */
export async function followToEnd(server: Server, workflowId: string, screen: Screen, json: boolean): Promise<number> {
  const handle: Handle = server.client.workflow.getHandle<typeof tuningRun>(workflowId);
  const addresses = await addressesOf(server, workflowId, screen);
  const ended = await follow(handle, screen, addresses);
  if (!ended) {
    screen.lines(leavingLines(runOf(workflowId), addresses, screen.view()));
    return EXIT.left;
  }
  if (json) process.stdout.write(`${JSON.stringify(outcomeJson(workflowId, ended, addresses.webUi))}\n`);
  return exitCodeOf(ended);
}

/** @throws UserError naming everything that is wrong with the configuration. */
export function configuration(options: StartOptions, screen: Screen): Wished {
  const file = options.config && fromCaller(options.config);
  const sources = { ...(file ? { file } : {}), set: options.set, environment: process.env };
  const { config, silenced } = askingAsWished(resolvedOrRefused(options, sources), options, screen);
  const { DEFAULT_CONFIG: training } = config;
  const { TRAINER, TRAINER_COMMAND, TRAINER_FILES } = training;
  const located = {
    ...config,
    DEFAULT_CONFIG: {
      ...training,
      DATASET_NAME: existingPath(training.DATASET_NAME),
      BASE_MODEL: existingPath(training.BASE_MODEL),
      TRAINER: TRAINER && existingPath(TRAINER),
      // Only what names a file by its path: other words may be anything.
      TRAINER_COMMAND:
        TRAINER_COMMAND && TRAINER_COMMAND.map((word) => (/^\.\.?\//.test(word) ? existingPath(word) : word)),
      TRAINER_FILES: TRAINER_FILES.map(existingPath),
    },
    TUNABLE_KEYS: withExistingModels(config.TUNABLE_KEYS),
  };
  return { config: located, silenced };
}

/** A configuration whose run asks, or does not, as options and terminal have it. */
export interface Wished {
  config: TuningConfig;
  /** Whether it would have asked, but there is no terminal here and nobody said where else the answers come from. */
  silenced: boolean;
}

export function askingAsWished(
  config: TuningConfig,
  options: Pick<StartOptions, 'auto' | 'interactive'>,
  screen: Screen,
): Wished {
  const wished = config.AGENT_SETTINGS.INTERACTIVE_MODE;
  const interactive = options.auto ? false : options.interactive ? true : wished && screen.interactive;
  return {
    config: { ...config, AGENT_SETTINGS: { ...config.AGENT_SETTINGS, INTERACTIVE_MODE: interactive } },
    silenced: wished && !interactive && !options.auto,
  };
}

/** Folders among the models to choose from lie where the caller is. */
function withExistingModels(spaces: TuningConfig['TUNABLE_KEYS']): TuningConfig['TUNABLE_KEYS'] {
  const models = spaces['BASE_MODEL'];
  if (!models?.choices) return spaces;
  return { ...spaces, BASE_MODEL: { ...models, choices: models.choices.map((name) => existingPath(String(name))) } };
}
