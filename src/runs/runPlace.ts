/** Where the files of a run lie on this machine. */
import { access } from 'node:fs/promises';
import type { RunState } from '../domain/runState.ts';
import { runLayout } from '../training/layout.ts';
import type { RunLayout } from '../training/layout.ts';
import type { Sources } from './knownRuns.ts';

/** The OUTPUT_DIR_ROOT that has its folder: the run's own, else the one where runs are looked for. */
export async function outputRootOf(
  { run, config }: Pick<RunState, 'run' | 'config'>,
  { outputRoot }: Pick<Sources, 'outputRoot'>,
): Promise<string> {
  const own = config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT;
  return access(runLayout(own, run).root).then(
    () => own,
    () => outputRoot,
  );
}

/** Its files there. */
export const layoutOf = async (
  state: Pick<RunState, 'run' | 'config'>,
  sources: Pick<Sources, 'outputRoot'>,
): Promise<RunLayout> => runLayout(await outputRootOf(state, sources), state.run);
