/** A client that follows a run: it hears of what happens, and asks for next to nothing while nothing does. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { follow } from '../../src/client/follow.ts';
import { LOG } from '../../src/client/terminal/view.ts';
import { decideUpdate } from '../../src/workflows/messages.ts';
import type { tuningRun } from '../../src/workflows/tuningRun.ts';
import { currentBundle, developmentServer, withRun } from './stage.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await developmentServer()));
afterAll(() => env?.teardown());

const WAITED_S = 8;
type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

test('by long poll: nearly no requests while it waits, and the news at once', async () => {
  const asked: string[] = [];
  const counting = ((options: Parameters<Interceptor>[0], next: Parameters<Interceptor>[1]) => {
    asked.push(options.method_definition.path.split('/').at(-1)!);
    return next(options);
  }) as Interceptor;
  const connection = await Connection.connect({ address: env.address, interceptors: [counting] });
  const lines: string[] = [];
  const screen = {
    interactive: false,
    stream: new PassThrough() as unknown as NodeJS.WriteStream,
    view: () => LOG,
    line: (text: string) => void lines.push(text),
    lines: (texts: readonly string[]) => void lines.push(...texts),
    live: () => {},
    clear: () => {},
    ring: () => {},
  };
  const toldOf = async (words: string) => {
    while (!lines.some((line) => line.includes(words))) await sleep(20);
  };
  try {
    await withRun(env, await currentBundle(), ['MAX_PRIORITY_PARAMS=1'], async (handle) => {
      const following = follow(
        new Client({ connection }).workflow.getHandle<typeof tuningRun>(handle.workflowId),
        screen,
      );
      const decide = (decision: 'continue' | 'stop-run') =>
        handle.executeUpdate(decideUpdate, { args: [{ decision, id: decision, by: 'test' }] });
      await toldOf('Answer with');
      const waiting = asked.length;
      await sleep(WAITED_S * 1000);
      // The poll, and a look or two; with two questions every 0.7 s it was 22.
      expect(asked.length - waiting).toBeLessThan(WAITED_S);
      const [polls, told] = [asked.filter(isPoll).length, lines.length];
      await decide('continue');
      while (lines.length === told) await sleep(20);
      // A poll that was answered is followed by another one.
      expect(asked.filter(isPoll).length).toBeGreaterThan(polls);
      await decide('stop-run');
      expect((await following)?.progress?.status).toBe('stopped');
    });
  } finally {
    await connection.close();
  }
}, 120_000);

const isPoll = (method: string): boolean => method === 'GetWorkflowExecutionHistory';
