/** Two places that know runs, and whom is believed. */
import { describe, expect, test } from '@jest/globals';
import { chooseForPruning } from '../../src/client/pruning.ts';
import type { RunState, RunStatus } from '../../src/domain/runState.ts';
import { bestText, findRun, rowOf, serverFor, standingOf, stateOf } from '../../src/runs/knownRuns.ts';
import type { KnownRun, Sources } from '../../src/runs/knownRuns.ts';
import { UserError } from '../../src/runs/userError.ts';
import { run } from '../domain/runs.ts';

const onServer = { ...run(), notes: ['from the server'] };
const answering = (query: () => Promise<RunState>): Sources => ({
  server: { address: 'a:1', client: { workflow: { getHandle: () => ({ query }) } } } as unknown as Sources['server'],
  problem: null,
  outputRoot: 'models',
});
const server = answering(async () => onServer);
const silent = answering(async () => {
  throw new Error('no worker');
});
const away: Sources = { server: null, problem: new UserError('the local stack is down'), outputRoot: 'models' };

function known(name: string, onTheServer: string | null, recorded: RunStatus | null): KnownRun {
  const state = { ...run(), run: name, ...(recorded ? { status: recorded } : {}), notes: ['from the disk'] };
  return {
    run: name,
    workflowId: `tuning-${name}`,
    info: onTheServer
      ? ({
          status: { name: onTheServer },
          startTime: new Date(0),
          typedSearchAttributes: { get: () => null },
        } as unknown as KnownRun['info'])
      : null,
    folder: recorded !== null,
    record: recorded ? { workflowId: `tuning-${name}`, savedAt: new Date(0).toISOString(), state } : null,
  };
}

describe('the state of a run', () => {
  const cases: [string, string | null, RunStatus | null, Sources, string][] = [
    ['in progress comes from the server', 'RUNNING', 'running', server, 'from the server'],
    ['in progress comes from its record when no worker answers', 'RUNNING', 'running', silent, 'from the disk'],
    ['that ended comes from its last record', 'COMPLETED', 'completed', silent, 'from the disk'],
    [
      'that was terminated has a record of its last parameter alone: the server knows more',
      'TERMINATED',
      'running',
      server,
      'from the server',
    ],
    ['that the server has forgotten comes from its record', null, 'failed', server, 'from the disk'],
    ['comes from its record without a server', null, 'running', away, 'from the disk'],
    ['of an earlier release comes from the server', 'COMPLETED', null, server, 'from the server'],
  ];
  test.each(cases)('%s', async (_title, info, recorded, sources, from) => {
    expect((await stateOf(known('r', info, recorded), sources)).notes).toEqual([from]);
  });

  test('that neither has is refused, with the reason', async () => {
    await expect(stateOf(known('r', null, null), away)).rejects.toThrow('the local stack is down');
    await expect(stateOf(known('r', null, null), server)).rejects.toThrow(/no record that can be read/);
    await expect(stateOf(known('r', 'COMPLETED', null), silent)).rejects.toThrow(/is a worker running/);
  });
});

test.each<[string | null, RunStatus | null, string, string]>([
  ['RUNNING', 'running', 'running', 'running'],
  ['RUNNING', 'completed', 'running', 'running'],
  ['TERMINATED', 'running', 'ended', 'terminated'],
  [null, 'stopped', 'ended', 'completed'],
  [null, 'cancelled', 'ended', 'cancelled'],
  [null, 'running', 'unknown', 'lost'],
  [null, null, 'unknown', 'unknown'],
])('a run that the server calls %s and the record %s is %s', (info, recorded, standing, status) => {
  const one = known('r', info, recorded);
  expect([standingOf(one), rowOf(one, server).status]).toEqual([standing, status]);
});

test('a score that only the server knows is as its metric counts it, which is not known here; it is not pruned as a worse one', () => {
  const one = known('r', 'COMPLETED', null);
  one.info!.typedSearchAttributes.get = (() => 12.345678) as never;
  const row = rowOf(one, server);
  expect(row).toMatchObject({ best: 12.345678, metric: null });
  expect(bestText(row)).toBe('12.346');
  const pruning = { olderThanMs: null, now: 0 };
  expect(chooseForPruning([one], { ...pruning, keepBest: 1 })).toEqual([]);
  expect(chooseForPruning([one], { ...pruning, keepBest: null })).toEqual([one]);
});

test('a run is found by its name, its workflow id, the start of one; several and none are refused', () => {
  const runs = [known('tune-2', null, 'completed'), known('tune-1', 'RUNNING', null), known('tune-11', null, null)];
  expect(findRun(runs, undefined).run).toBe('tune-1');
  expect(findRun(runs, 'tune-1').run).toBe('tune-1');
  expect(findRun(runs, 'tuning-tune-2').run).toBe('tune-2');
  expect(findRun(runs, 'tune-11').run).toBe('tune-11');
  expect(() => findRun(runs, 'tune')).toThrow('tune is the start of 3 runs');
  expect(() => findRun(runs, 'x')).toThrow('there is no run x; there are: tune-2, tune-1, tune-11');
  expect(() => findRun([], undefined)).toThrow('there is no run yet');
});

test('who speaks with a run needs its server', () => {
  expect(serverFor(known('r', 'RUNNING', null), server)).toBe(server.server);
  expect(() => serverFor(known('r', null, 'completed'), server)).toThrow('r has ended (completed)');
  expect(() => serverFor(known('r', null, 'running'), away)).toThrow('the local stack is down');
  expect(() => serverFor(known('r', null, 'running'), server)).toThrow('the server at a:1 does not know r');
});
