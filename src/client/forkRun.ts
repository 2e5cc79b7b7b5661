/** `fork`: a run that goes on from an earlier trial of another one, with other settings. */
import { forkRun } from '../domain/forking.ts';
import { wholeConfig } from '../domain/runState.ts';
import type { RunState } from '../domain/runState.ts';
import { isScored } from '../domain/trials.ts';
import { takeOver } from '../history/takingOver.ts';
import { resolvedOrRefused } from '../runs/configuration.ts';
import { findRun, knownRuns, openSources, stateOf } from '../runs/knownRuns.ts';
import { startOrFind } from '../runs/launching.ts';
import { runOf } from '../runs/runList.ts';
import { connectToServer } from '../runs/server.ts';
import { UserError } from '../runs/userError.ts';
import { runLayout } from '../training/layout.ts';
import { removeRunFolder } from '../training/removal.ts';
import { createScreen, styled } from './screen.ts';
import type { Screen } from './screen.ts';
import { wrapped } from './terminal/view.ts';
import { afterStart, askingAsWished, tellSilenced } from './startRun.ts';
import type { StartOptions } from './startRun.ts';
import { refuseMissingTrackers } from './trackRun.ts';
import { t, translated } from '../words/catalogue.ts';

export type ForkOptions = Omit<StartOptions, 'config' | 'print'> & { at: string };

export async function fork(typed: string, options: ForkOptions): Promise<number> {
  const screen = createScreen(options.json ? process.stderr : process.stdout);
  const at = numberOf(options.at);
  const sources = await openSources();
  const known = findRun(await knownRuns(sources), typed);
  const parent = await stateOf(known, sources);
  const { config, silenced } = askingAsWished(
    resolvedOrRefused(options, { of: { run: known.run, config: wholeConfig(parent) }, set: options.set }),
    options,
    screen,
  );
  const stateFor = (run: string): RunState => {
    const { state, problems } = forkRun(parent, { at, config, run, startedAt: Date.now() });
    if (!state)
      throw new UserError(
        `${t`The fork cannot be made:`}\n${problems.map((problem) => `  ${translated(problem)}`).join('\n')}`,
      );
    return state;
  };
  // Told before anything is started.
  await refuseMissingTrackers(config);
  const { forkedFrom, trials } = stateFor(parent.run);
  const server = await connectToServer({ start: true, say: (line) => screen.lines(wrapped(line, screen.view())) });
  const { workflowId, started } = await startOrFind(server, config, options.name, async (run) => {
    const state = stateFor(run);
    const undo = () => removeRunFolder(config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, run);
    await shareTrials(state, known.folder, screen);
    return { state, undo };
  });
  if (!started) throw new UserError(t`${runOf(workflowId)} runs already: give the fork another --name`);
  screen.line(
    t`Run ${styled('bold', runOf(workflowId))} started: it goes on from trial ${forkedFrom!.at} of ${known.run}, and trains none of its ${trials.length} trials again`,
  );
  tellSilenced(silenced, screen);
  return afterStart(server, workflowId, config, options, screen);
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1)
    throw new UserError(t`--at ${text}: must be the number of a trial, as \`show\` lists them`);
  return number;
}

/**
 * Gives the new run the files of its trials, with the models that are still there. Where the run's folder is on another
 * machine, the models that are needed come from there, or are trained again at the end.
 */
async function shareTrials(state: RunState, here: boolean, screen: Screen): Promise<void> {
  const { run } = state.forkedFrom!;
  const root = state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT;
  const place = (name: string) => ({ run: name, layout: runLayout(root, name) });
  const lacking: number[] = [];
  for (const trial of state.trials.filter(isScored)) {
    const taken = here ? await shareTrial(trial.id, place(run), place(state.run), screen) : null;
    if (taken !== 'whole' && (trial.id === state.baseline || trial.id === state.incumbent)) lacking.push(trial.number);
  }
  if (lacking.length > 0)
    screen.line(
      t`The model of trial ${lacking.join(t` and `)} is not here any more: if the end of the run needs it, it is trained again then`,
    );
}

async function shareTrial(
  id: string,
  from: Parameters<typeof takeOver>[1],
  to: Parameters<typeof takeOver>[2],
  screen: Screen,
): ReturnType<typeof takeOver> {
  try {
    return await takeOver(id, from, to);
  } catch (error) {
    // The score is in the run's state; the files are for its model and its curves.
    screen.line(t`The files of trial ${id} cannot be taken over: ${translated((error as Error).message)}`);
    return null;
  }
}
