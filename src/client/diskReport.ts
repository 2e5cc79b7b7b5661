/** What all runs and the local stack take on the disk, for `status`. */
import { LOCAL } from '../local/paths.ts';
import { outputRootInForce } from '../runs/knownRuns.ts';
import { diskBytes } from '../training/diskUse.ts';
import { runLayout } from '../training/layout.ts';
import { runFolders } from '../training/runRecord.ts';
import { formatBytes } from './screen.ts';
import { t } from '../words/catalogue.ts';

export interface DiskReport {
  outputRoot: string;
  /** Runs with a folder there. */
  runs: number;
  runBytes: number;
  /** The server's database, logs, bundles. */
  stackBytes: number;
}

export async function diskReport(): Promise<DiskReport> {
  const outputRoot = outputRootInForce();
  const folders = (await runFolders(outputRoot)).map(({ run }) => runLayout(outputRoot, run).root);
  const [runBytes, stackBytes] = await Promise.all([diskBytes(folders), diskBytes([LOCAL.root])]);
  return { outputRoot, runs: folders.length, runBytes, stackBytes };
}

export function diskLine({ outputRoot, runs, runBytes, stackBytes }: DiskReport): string {
  return t`Disk      ${formatBytes(runBytes)} for ${runs} run${runs === 1 ? '' : 's'} in ${outputRoot} (npm run prune), ${formatBytes(stackBytes)} for the local stack`;
}
