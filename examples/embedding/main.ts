/** Another Temporal application with the agent inside: its own worker, the agent's workers beside it, one release. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { connect, tuningInput } from 'model-tuning-agent';
import { createTuningWorker } from 'model-tuning-agent/worker';
import * as activities from './activities.ts';
import type { releaseModel } from './workflows.ts';

const { config, target, home } = parseArgs({
  options: {
    config: { type: 'string' },
    target: { type: 'string', default: 'served-model' },
    home: { type: 'string', default: process.cwd() },
  },
}).values;

const address = process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233';
const connection = await NativeConnection.connect({ address });
const own = await Worker.create({
  connection,
  taskQueue: 'releases',
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities,
});
const agent = await createTuningWorker({ connection });
const client = new Client({ connection: await Connection.connect({ address }) });
const tuning = tuningInput({ name: 'release', home, ...(config === undefined ? {} : { config }) });

const outcome = await own.runUntil(agent.runUntil(release()));
process.stdout.write(`${JSON.stringify(outcome)}\n`);
await client.connection.close();
await connection.close();

async function release() {
  const handle = await client.workflow.start<typeof releaseModel>('releaseModel', {
    taskQueue: 'releases',
    workflowId: `release-of-${tuning.run}`,
    args: [tuning, target],
  });
  await tellProgress(handle.result());
  return handle.result();
}

/** The same client that tools of one's own would use: it follows the run that the workflow started. */
async function tellProgress(until: Promise<unknown>): Promise<void> {
  const agentsClient = await connect({ client, outputRoot: tuning.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT });
  const done = new AbortController();
  void until.finally(() => done.abort()).catch(() => {});
  while (!done.signal.aborted) {
    const known = (await agentsClient.runs()).some(({ run }) => run === tuning.run);
    if (known) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for await (const { phase, trials, best } of agentsClient.watch(tuning.run, { signal: done.signal }))
    process.stderr.write(`${phase}, ${trials.trained} trained, best ${best?.score.toFixed(4) ?? '–'}\n`);
  await agentsClient.close();
}
