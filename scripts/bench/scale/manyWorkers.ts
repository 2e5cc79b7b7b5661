/** Many training workers in processes of their own, with names of places of their own, and more runs than workers. */
import { endOf } from '../../../src/client/outcome.ts';
import { metricOf } from './figures.ts';
import { Stack } from './stack.ts';

const TRAINING_S = 4;
const RUNS_PER_WORKER = 2;

export async function manyWorkers(count: number): Promise<void> {
  const stack = await Stack.start();
  try {
    await stack.worker('tuning');
    const workers = [];
    for (let index = 1; index <= count; index += 1)
      workers.push(await stack.worker('training', { place: `host-${index}`, seconds: TRAINING_S }));
    const config = stack.config('MAX_PRIORITY_PARAMS=1', 'ROUNDS_PER_PARAM=6', 'ADVISER=local', 'SEARCH=adaptive');
    const began = Date.now();
    const runs = Array.from({ length: RUNS_PER_WORKER * count }, (_, index) => `run-${index}`);
    const handles = await Promise.all(runs.map((run) => stack.startRun(run, config)));
    const ends = await Promise.all(handles.map((handle) => endOf(handle)));
    const seconds = (Date.now() - began) / 1000;
    const trained = ends.reduce((sum, { progress }) => sum + (progress?.trials.trained ?? 0), 0);
    const shares = await Promise.all(workers.map((worker) => metricOf(worker, 'tuning_trials_total')));
    console.log(
      `${count} training workers with places of their own, one slot each, ${runs.length} runs: ${ends.filter(({ progress }) => progress?.status === 'completed').length} completed, ${trained} trainings of ${TRAINING_S} s in ${seconds.toFixed(0)} s, ${((trained * TRAINING_S) / seconds).toFixed(1)} at once of ${count} possible.`,
    );
    console.log(`Trainings by worker: ${shares.join(', ')}.`);
  } finally {
    await stack.end();
  }
}
