/** Many runs at once on one pair of workers, each with a client that follows it. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '../../../src/client/follow.ts';
import { LOG } from '../../../src/client/terminal/view.ts';
import type { tuningRun } from '../../../src/workflows/tuningRun.ts';
import { executionsOf, quantile, trainingsOf, usageOf } from './figures.ts';
import { Stack } from './stack.ts';
import type { Member } from './stack.ts';

const SLOTS = 64;
const TRAINING_S = 10;
const CLIENTS_PER_CONNECTION = 25;

/** Seconds between the end of a training and the start of the next one of the same execution. */
async function decisionsOf(stack: Stack, workflowId: string): Promise<number[]> {
  const gaps: number[] = [];
  for (const { runId } of await executionsOf(stack.client, workflowId)) {
    const trainings = await trainingsOf(stack.client, workflowId, runId);
    trainings.slice(1).forEach(({ scheduled }, index) => {
      const { completed } = trainings[index]!;
      if (completed !== null) gaps.push((scheduled - completed) / 1000);
    });
  }
  return gaps;
}

const silent = () => ({
  interactive: false,
  stream: new PassThrough() as unknown as NodeJS.WriteStream,
  view: () => LOG,
  line: () => {},
  lines: () => {},
  live: () => {},
  clear: () => {},
  ring: () => {},
});

export async function manyRuns(count: number): Promise<void> {
  // Each follower listens for Ctrl-C, which elsewhere is one in a process.
  process.setMaxListeners(0);
  const stack = await Stack.start();
  try {
    const members: Record<string, Member> = {
      server: stack.server,
      'tuning worker': await stack.worker('tuning'),
      'training worker': await stack.worker('training', { slots: SLOTS, seconds: TRAINING_S }),
    };
    const peaks: Record<string, number> = {};
    const began = Date.now();
    const config = stack.config('MAX_PRIORITY_PARAMS=1', 'ROUNDS_PER_PARAM=5', 'ADVISER=local', 'SEARCH=adaptive');
    const handles = await Promise.all(
      Array.from({ length: count }, (_, index) => stack.startRun(`run-${index}`, config)),
    );
    stack.requests.clear();
    const following: ReturnType<typeof follow>[] = [];
    for (let from = 0; from < count; from += CLIENTS_PER_CONNECTION) {
      const client = await stack.connect();
      for (const { workflowId } of handles.slice(from, from + CLIENTS_PER_CONNECTION))
        following.push(follow(client.workflow.getHandle<typeof tuningRun>(workflowId), silent()));
    }
    const over = { yes: false };
    const ending = Promise.all(following).finally(() => (over.yes = true));
    while (!over.yes) {
      for (const [name, member] of Object.entries(members))
        peaks[name] = Math.max(peaks[name] ?? 0, (await usageOf(member)).memory);
      await sleep(1000);
    }
    const ends = await ending;
    const seconds = (Date.now() - began) / 1000;
    const requests = [...stack.requests].sort((a, b) => b[1] - a[1]);
    const completed = ends.filter((end) => end?.progress?.status === 'completed').length;
    const trained = ends.reduce((sum, end) => sum + (end?.progress?.trials.trained ?? 0), 0);
    const gaps: number[] = [];
    // One after the other: the server bounds how often it lists.
    for (const { workflowId } of handles) gaps.push(...(await decisionsOf(stack, workflowId)));
    const all = requests.reduce((sum, [, times]) => sum + times, 0);
    console.log(
      `${count} runs at once, one tuning and one training worker (${SLOTS} slots, ${TRAINING_S} s each): ${completed} completed, ${trained} trainings in ${seconds.toFixed(0)} s (${((trained * TRAINING_S) / SLOTS).toFixed(0)} s if slots alone counted).`,
    );
    console.log(
      `A decision, end of a training to the question for the next: ${quantile(gaps, 0.5).toFixed(2)} s median, ${quantile(gaps, 0.95).toFixed(2)} s at the 95th of 100 (${gaps.length} decisions).`,
    );
    console.log(
      `Most memory: ${Object.entries(peaks)
        .map(([name, mib]) => `${name} ${mib.toFixed(0)} MiB`)
        .join(', ')}.`,
    );
    console.log(
      `Requests of ${count} followers: ${(all / seconds).toFixed(1)} a second, ${(all / seconds / count).toFixed(2)} each (${requests
        .slice(0, 4)
        .map(([method, times]) => `${method} ${times}`)
        .join(', ')}).`,
    );
  } finally {
    await stack.end();
  }
}
