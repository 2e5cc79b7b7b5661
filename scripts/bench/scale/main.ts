/**
 * `npm run bench:scale`: what a run of 1,000 rounds, 200 runs at once and 8 training workers cost. Trainings sleep
 * (trainer/benchmarks/sleeping.py); server, workers, search model, journal, questions over HTTP and followers are real.
 */
import { parseArgs } from 'node:util';
import { longRun } from './longRun.ts';
import { manyRuns } from './manyRuns.ts';
import { manyWorkers } from './manyWorkers.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '200' },
    workers: { type: 'string', default: '8' },
  },
});

/** 0 leaves a part out. */
const parts = [
  { count: Number(options.rounds), measure: longRun },
  { count: Number(options.runs), measure: manyRuns },
  { count: Number(options.workers), measure: manyWorkers },
];
for (const { count, measure } of parts) if (count > 0) await measure(count);
