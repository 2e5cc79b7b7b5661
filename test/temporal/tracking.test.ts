/** Trackers on real Temporal: slow ones keep nobody, not even a run that starts anew while it tells them. */
import { expect, test } from '@jest/globals';
import type { TrackRequest } from '../../src/domain/contract.ts';
import { progressQuery } from '../../src/workflows/messages.ts';
import { currentBundle, developmentServer, withRun } from './stage.ts';

const SLOW_MS = 4000;

test('a run goes on and starts anew beside a tracker that is slow, and tells it of all in the end', async () => {
  const server = await developmentServer();
  const sent: TrackRequest[] = [];
  try {
    await withRun(
      server,
      await currentBundle(),
      ['INTERACTIVE_MODE=false', 'TRACKIO_PROJECT=tuning'],
      async (handle) => {
        await handle.result();
        const { status, notes } = await handle.query(progressQuery);
        expect(status).toBe('completed');
        expect(notes.filter((note) => note.includes('Trackio'))).toEqual([]);
        const first = await server.client.workflow
          .getHandle(handle.workflowId, handle.firstExecutionRunId)
          .fetchHistory();
        // It started anew, which does not wait for what was under way.
        expect(first.events!.at(-1)!.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
      },
      {
        trackTrials: async (request) => {
          sent.push(request);
          if (!request.told.ended) await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
          return { failed: {} };
        },
      },
    );
  } finally {
    await server.teardown();
  }
  const ends = sent.filter(({ told }) => told.ended);
  expect(ends).toHaveLength(1);
  const numbers = ends[0]!.told.trials.map(({ number }) => number);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(sent.length).toBeGreaterThan(1);
}, 120_000);
