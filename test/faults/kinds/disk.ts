/** The disk under a run: full when a trial is claimed; and the only place that still knows a run. */
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import { progressQuery } from '../../../src/workflows/messages.ts';
import type { Fault } from '../fault.ts';
import { eventually } from '../processes.ts';
import { mountSmallDisk, unmountBelow } from '../smallDisk.ts';
import type { Stage } from '../stage.ts';

/** Whether this machine lets a test mount a disk of its own. */
const CAN_MOUNT =
  process.platform === 'linux' && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** Takes all the room that a disk has left, into this file. */
function fill(file: string): void {
  const descriptor = openSync(file, 'a');
  try {
    for (const block of [1 << 20, 1 << 12, 1]) while (written(descriptor, block));
  } finally {
    closeSync(descriptor);
  }
}

function written(descriptor: number, bytes: number): boolean {
  try {
    return writeSync(descriptor, Buffer.alloc(bytes)) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    return false;
  }
}

/** Nothing may be at work in the folder meanwhile. */
function moveToSmallDisk(folder: string, aside: string): void {
  cpSync(folder, aside, { recursive: true, preserveTimestamps: true });
  mountSmallDisk(folder);
  cpSync(aside, folder, { recursive: true, preserveTimestamps: true });
  rmSync(aside, { recursive: true });
}

/** From the end of the first training on there is no room for another one, until one has failed for that. */
const FULL_AT_CLAIM: Fault = {
  name: 'disk-full-at-claim',
  size: 'short',
  otherAnswers: true,
  unnoticed: true,
  failed: 1,
  prepare: ({ points }) => points.arm('result-written', 'any pause'),
  inject: async (stage, name) => {
    const run = await stage.runOf(name);
    const trials = path.join(stage.folderOf(run), 'trials');
    await stage.points.reached('result-written');
    moveToSmallDisk(trials, path.join(stage.home, 'aside'));
    const filler = path.join(trials, 'filler');
    fill(filler);
    const at = Date.now();
    stage.points.release('result-written');
    const client = await stage.client();
    const handle = client.workflow.getHandle(`tuning-${run}`);
    // A full disk is told at the first attempt; release 0.2.0 tried fifty times, in twenty-one minutes.
    await eventually(
      async () => {
        // The first trial's checkpoints go now, which makes room again.
        fill(filler);
        return (await handle.query(progressQuery).catch(() => null))?.trials.failed === 1;
      },
      'the trial that failed for the full disk',
      30_000,
    );
    await client.connection.close();
    rmSync(filler);
    return { at, signs: 'workflow' };
  },
  also: ({ outcome, folder, trials }, stage) => {
    const model = path.join(folder, 'best_overall_model', 'model.safetensors');
    const report = readFileSync(path.resolve(PROJECT_ROOT, outcome.report), 'utf8');
    unmountBelow(stage.home);
    return [
      ...(trials.filter(({ result }) => result).length === 1 ? [] : ['not one trial alone has a result']),
      ...(existsSync(model) ? [] : ['the default configuration, which was trained, was not published']),
      ...(report.includes('the disk is full') ? [] : ['the report does not tell of the full disk']),
    ];
  },
};

/** As after the server's retention: not even its history is left. */
async function forget(client: Client, workflowId: string): Promise<void> {
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
    await client.workflowService.deleteWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId, runId },
    });
  await eventually(
    () =>
      client.workflow
        .getHandle(workflowId)
        .describe()
        .then(
          () => false,
          () => true,
        ),
    'the end of the execution on the server',
  );
}

/** What the commands say of a run that only its folder still knows. */
async function toldFromDisk(stage: Stage, outcome: { run: string; report: string; best: { score: number } }) {
  const report = path.resolve(PROJECT_ROOT, outcome.report);
  const html = report.replace(/md$/, 'html');
  rmSync(html);
  const [runs, shown, reported] = [
    await stage.command(['runs', '--json']),
    await stage.command(['show', outcome.run, '--json']),
    await stage.command(['report', outcome.run]),
  ];
  return [
    ...(runs.exitCode === 0 && runs.stdout.includes(outcome.run) ? [] : [`runs: ${runs.stderr || 'not in the list'}`]),
    ...(shown.exitCode === 0 && shown.stdout.includes(String(outcome.best.score))
      ? []
      : [`show ended with ${shown.exitCode}: ${shown.stderr}`]),
    ...(reported.exitCode === 0 && existsSync(html)
      ? []
      : [`report ended with ${reported.exitCode}: ${reported.stderr}`]),
  ];
}

const FORGOTTEN: Fault = {
  name: 'run-forgotten-by-the-server',
  size: 'two',
  also: async ({ outcome }, stage) => {
    const client = await stage.client();
    await forget(client, outcome.workflowId);
    await client.connection.close();
    return toldFromDisk(stage, outcome);
  },
};

export const DISK: Fault[] = [...(CAN_MOUNT ? [FULL_AT_CLAIM] : []), FORGOTTEN];
export const LEFT_OUT_DISK = CAN_MOUNT ? [] : [`${FULL_AT_CLAIM.name} (needs root, to mount a small disk)`];
