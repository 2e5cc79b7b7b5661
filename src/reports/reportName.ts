/** How a run's report is called: after the time of its start, which two runs may have in common. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunState } from '../domain/runState.ts';

/** Among the charts: the name of the run whose report it is. */
const OWNER = 'run.txt';

/**
 * `agent_run_report_<timestamp>`, with the timestamp (UTC) that ends the run's name; where another run has that one,
 * `agent_run_report_<timestamp>_<prefix>`, with what the run's name has before it. A run that asks again is told the same.
 *
 * Makes the folder of the report's charts, by which the name is taken.
 */
export async function claimedReportName(folder: string, { run, startedAt }: RunState): Promise<string> {
  const own = /^(?:(.*)-)?(\d{8})-(\d{6})$/.exec(run);
  const timestamp = own
    ? `${own[2]}_${own[3]}`
    : new Date(startedAt).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
  const plain = `agent_run_report_${timestamp}`;
  const longer = `${plain}_${own?.[1] ?? run}`;
  // Once taken it stays, also when the other run's report has been removed.
  if ((await ownerOf(folder, longer)) === run) return longer;
  if (await takes(run, folder, plain)) return plain;
  await takes(run, folder, longer);
  return longer;
}

/** Whether the name is this run's now, or was before. Of several that ask at once one has it. */
async function takes(run: string, folder: string, name: string): Promise<boolean> {
  const owner = await ownerOf(folder, name);
  if (owner !== null) return owner === run;
  // Reports of releases before 0.7.0 have their run's name as title alone.
  const earlier = await textOf(path.join(folder, `${name}.html`));
  if (earlier !== null && !earlier.includes(`<title>${run}</title>`)) return false;
  await mkdir(path.join(folder, name), { recursive: true });
  try {
    await writeFile(path.join(folder, name, OWNER), `${run}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await ownerOf(folder, name)) === run;
  }
}

const ownerOf = async (folder: string, name: string): Promise<string | null> =>
  (await textOf(path.join(folder, name, OWNER)))?.trim() ?? null;

const textOf = (file: string): Promise<string | null> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
