/**
 * Named points inside the workers, for fault tests: loaded with `node --import`, so that the product knows nothing of
 * it.
 *
 * A point is armed by a file `<name>.armed` in TUNING_FAULTS_DIR. The first process that comes there renames it to
 * `<name>.reached`, and waits until `<name>.go` appears; so a test can kill it exactly there.
 */
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import path from 'node:path';

const FOLDER = process.env.TUNING_FAULTS_DIR;

/** By what is renamed to: everything that counts is written by rename. */
const POINTS = [
  { before: 'reply-received', after: 'reply-stored', target: /[\\/]adviser[\\/](?!probe)[^\\/]+\.json$/ },
  { before: 'report-writing', after: 'report-written', target: /agent_run_report_[^\\/]+\.md$/ },
  { before: 'model-copied', after: 'model-published', target: /[\\/]models[\\/][^\\/]+[\\/]best_overall_model$/ },
];

if (FOLDER) {
  const { rename } = fs.promises;
  const renameWithCallback = fs.rename;
  const pointOf = (to) => POINTS.find(({ target }) => target.test(String(to)));
  fs.promises.rename = async (from, to) => {
    const point = pointOf(to);
    if (point) await reach(point.before);
    await rename(from, to);
    if (point) await reach(point.after);
  };
  fs.rename = (from, to, done) =>
    pointOf(to) ? void fs.promises.rename(from, to).then(() => done(null), done) : renameWithCallback(from, to, done);
  syncBuiltinESMExports();

  const { dlopen } = process;
  process.dlopen = (module, ...more) => {
    dlopen(module, ...more);
    if (module.exports.workerPollWorkflowActivation) stopWhereChildrenStart(module.exports);
  };
}

/** A worker's bridge to the server: it holds the news that a child workflow was started back from the workflow. */
function stopWhereChildrenStart(bridge) {
  const { coresdk } = createRequire(import.meta.url)('@temporalio/proto');
  const { WorkflowActivation } = coresdk.workflow_activation;
  const poll = bridge.workerPollWorkflowActivation;
  bridge.workerPollWorkflowActivation = async (worker) => {
    const buffer = await poll(worker);
    const { jobs } = WorkflowActivation.decode(new Uint8Array(buffer));
    if (jobs.some(({ resolveChildWorkflowExecutionStart }) => resolveChildWorkflowExecutionStart))
      await reach('child-started');
    return buffer;
  };
}

async function reach(name) {
  const file = path.join(FOLDER, name);
  try {
    fs.renameSync(`${file}.armed`, `${file}.reached`);
  } catch {
    return;
  }
  while (!fs.existsSync(`${file}.go`)) await new Promise((resolve) => setTimeout(resolve, 20));
}
