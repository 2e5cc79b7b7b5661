/**
 * A trainer that does as the trial's name says: `ends` when asked to, `hangs` (leaves only when it is given no time),
 * `deaf` (the whole trainer answers nothing any more), `dies` (and is back, as from its keeper).
 */
import { writeSync } from 'node:fs';
import readline from 'node:readline';

const tell = (event, trial, fields = {}) =>
  writeSync(3, `${JSON.stringify({ v: 1, seq: 1, t: 1, event, trial, work: trial, ...fields })}\n`);
const ready = () =>
  tell('ready', null, {
    pid: process.pid,
    fork: true,
    versions: {},
    device: { type: 'cpu', name: 'x', count: 1, memory_mb: null },
    precisions: ['fp32'],
    threads: 2,
    slots: Number(process.env.TUNING_TRAINING_SLOTS),
  });

let deaf = false;
const asked = {};
for await (const line of readline.createInterface({ input: process.stdin })) {
  const { command, trial, ...fields } = JSON.parse(line);
  if (deaf) continue;
  if (command === 'hello') ready();
  if (command === 'shutdown') process.exit(0);
  if (command === 'cancel' && fields.grace_s === 0)
    tell('failed', fields.work, { kind: 'cancelled', message: 'it did not leave', facts: {} });
  if (command !== 'run') continue;
  asked[trial] = (asked[trial] ?? 0) + 1;
  const { work = trial } = fields;
  tell('started', trial, { work, pid: process.pid, resumed_from: 0, total_steps: 9, rows: { train: 1, dev: 1 } });
  tell('warning', trial, { work, code: 'asked', message: JSON.stringify({ times: asked[trial], ...fields }) });
  if (trial === 'deaf') deaf = true;
  if (trial === 'dies') ready();
  if (trial.startsWith('ends')) setTimeout(() => tell('finished', trial, { work, score: 0.5 }), 200);
}
