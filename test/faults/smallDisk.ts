/** A small disk for one folder, and its end. Needs root, and Linux. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Room for two trainings of the cut model with their checkpoints. */
const SIZE = '1g';

export const mountSmallDisk = (folder: string): Buffer =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);

/** Takes all disks away that are mounted below a folder, also those that somebody still uses. */
export function unmountBelow(folder: string): void {
  if (process.platform !== 'linux') return;
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((where) => where.startsWith(`${folder}/`));
  for (const where of mounted) execFileSync('umount', ['-l', where]);
}
