/** What activities promise over several hosts that have nothing in common but a store; the store may be away. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { probeTrainerWith } from '../../src/activities/probing.ts';
import { publishModelWith, salvageRunWith, tidyPlace } from '../../src/activities/publishing.ts';
import { keepRecord, writeReport } from '../../src/activities/reporting.ts';
import { trainTrialWith } from '../../src/activities/training.ts';
import { studySearchWith } from '../../src/activities/studying.ts';
import { putAway, whatToPutAway } from '../../src/domain/archive.ts';
import { recordTrial } from '../../src/domain/runTrials.ts';
import type { StudyRequest } from '../../src/domain/study.ts';
import { studyRequest } from '../../src/domain/studyRequest.ts';
import { allDue, markDue, putDue } from '../../src/store/pending.ts';
import { claimedBy, putCheckpoint, putClaim } from '../../src/store/storedCheckpoints.ts';
import { dropStoredModels, keepStoredModels } from '../../src/store/storedTrials.ts';
import { TrainerFailure } from '../../src/training/trainerFailure.ts';
import { recordTrainings, result, trial } from '../domain/runs.ts';
import { eventually } from '../faults/processes.ts';
import { studyInOrder } from '../workflows/studyInOrder.ts';
import { HostOfRun } from './hosts.ts';
import { s3BehindProxy } from './behindProxy.ts';
import { BUCKET } from './s3Server.ts';

jest.setTimeout(120_000);

const behindProxy = s3BehindProxy();
let hosts: HostOfRun[];
let runs = 0;
beforeEach(() => {
  hosts = [];
  runs += 1;
});
afterEach(() => hosts.forEach(({ folder }) => rmSync(folder, { recursive: true })));

function host(name: string, ...set: string[]): HostOfRun {
  const made = new HostOfRun(name, `run-${runs}`, `s3://${BUCKET}/runs`, ...set);
  hosts.push(made);
  return made;
}
/** A store that was away already is not waited for again. */
const hasPending = ({ layout }: HostOfRun): void => {
  for (const folder of ['store-pending', 'adviser']) mkdirSync(path.join(layout.root, folder), { recursive: true });
  writeFileSync(path.join(layout.root, 'store-pending', 'call.c1'), '');
  writeFileSync(layout.adviser + '/c1.json', '{}');
};

describe('a finished trial', () => {
  test('is answered from the store on another host, without its model until that is needed', async () => {
    const [a, b] = [host('a'), host('b')];
    await a.train('t1');
    expect(await a.inStore()).toEqual(
      expect.arrayContaining(['trials/t1/result.json', 'trials/t1/model.whole.json', 'trials/t1/model/modules.json']),
    );
    expect(await a.inStore()).not.toContain('trials/t1/claim.json');
    for (const attempt of [1, 2])
      expect(await b.train('t1', {}, attempt)).toMatchObject({
        score: 0.7,
        at: 'b',
        warnings: ['its result was taken from the store'],
      });
    expect(b.has('trials', 't1', 'model')).toBe(false);
    await b.train('t1', { modelNeeded: true });
    expect(b.has('trials', 't1', 'model', 'modules.json')).toBe(true);
    expect(b.trained).toEqual([]);
  });

  test('whose model is needed and in no store is trained again', async () => {
    const [a, b] = [host('a'), host('b')];
    await a.train('t1');
    await a.stored.store.removeFolder(`${a.state.run}/trials/t1/model`);
    await b.train('t1', { modelNeeded: true });
    expect(b.trained).toEqual(['t1']);
    expect(await a.inStore()).toContain('trials/t1/model/modules.json');
  });

  test('whose model in the store is not that of its result is trained again when it is needed', async () => {
    const [a, b] = [host('a'), host('b')];
    await a.train('t1');
    const damaged = JSON.parse(a.read('trials', 't1', 'result.json')) as object;
    await a.stored.store.write(
      `${a.state.run}/trials/t1/result.json`,
      JSON.stringify({ ...damaged, model_digest: 'cd'.repeat(32) }),
    );
    await b.train('t1', { modelNeeded: true });
    expect(b.trained).toEqual(['t1']);
  });

  test("a loser's model goes from the store as well", async () => {
    const a = host('a');
    await a.train('t1');
    await a.train('t2', { losers: ['t1'] });
    const there = await a.inStore();
    expect(there.filter((file) => file.startsWith('trials/t1/model'))).toEqual([]);
    expect(there).toEqual(expect.arrayContaining(['trials/t1/result.json', 'trials/t2/model/modules.json']));
  });
});

describe('a training that is cut off', () => {
  const cutOffAfter = (cut: HostOfRun, steps: number[]): void => {
    cut.instead = async (dir, onEvent) => {
      cut.event(dir, 'started', { pid: 1, resumed_from: 0, total_steps: 9, rows: { train: 1, dev: 1 } });
      for (const step of steps) {
        cut.checkpoint(dir, step, onEvent);
        await eventually(
          async () => (await cut.inStore()).includes(`trials/t1/checkpoints/checkpoint-${step}.whole.json`),
          'the checkpoint in the store',
        );
      }
      // Not for good: a host that is gone says nothing of its trial.
      throw new TrainerFailure('busy', 'the host is gone');
    };
  };

  test('goes on elsewhere from the newest checkpoint in the store, with what was told until then', async () => {
    const [a, b] = [host('a'), host('b')];
    cutOffAfter(a, [2, 4]);
    await expect(a.train('t1')).rejects.toThrow('the host is gone');
    let found: boolean | undefined;
    b.instead = async (dir) => {
      found = b.has('trials', 't1', 'checkpoints', 'checkpoint-4', 'optimizer.pt');
      expect(b.has('trials', 't1', 'checkpoints', 'checkpoint-2')).toBe(false);
      expect(b.read('trials', 't1', 'events.jsonl')).toMatch(/"started"[^]*checkpoint of step 4 was taken/);
      await b.finish(path.basename(dir));
    };
    expect(await b.train('t1', {}, 2)).toMatchObject({ score: 0.7 });
    expect(found).toBe(true);
    const left = await b.inStore();
    expect(left.filter((file) => /checkpoint|claim/.test(file))).toEqual([]);
  });

  test('an attempt whose trial another host has claimed puts no checkpoint any more', async () => {
    const a = host('a');
    a.instead = async (dir, onEvent) => {
      await putClaim(a.stored, 't1', 'of another host');
      a.checkpoint(dir, 2, onEvent);
      await sleep(500);
      throw new TrainerFailure('killed', 'gone');
    };
    await expect(a.train('t1')).rejects.toThrow('gone');
    expect((await a.inStore()).filter((file) => file.includes('checkpoint'))).toEqual([]);
    expect(await claimedBy(a.stored, 't1')).toBe('of another host');
  });

  test('a worker that leaves gives its last checkpoint a moment to arrive', async () => {
    const a = host('a');
    const environment = new MockActivityEnvironment();
    a.instead = async (dir, onEvent) => {
      environment.cancel('CANCELLED', new ActivityCancellationDetails({ workerShutdown: true }));
      a.checkpoint(dir, 6, onEvent);
      throw new TrainerFailure('cancelled', 'it was asked to leave');
    };
    await expect(environment.run(trainTrialWith(a.trainer, 'a'), a.request('t1'))).rejects.toThrow('CANCELLED');
    expect(await a.inStore()).toContain('trials/t1/checkpoints/checkpoint-6.whole.json');
  });

  test('a training that failed for good leaves no checkpoint in the store', async () => {
    const a = host('a');
    a.instead = async (dir, onEvent) => {
      a.checkpoint(dir, 2, onEvent);
      await eventually(async () => (await a.inStore()).some((file) => file.endsWith('2.whole.json')), 'the checkpoint');
      throw new TrainerFailure('nan', 'the loss is no number');
    };
    await expect(a.train('t1')).rejects.toMatchObject({ type: 'nan', nonRetryable: true });
    expect((await a.inStore()).filter((file) => /checkpoint|claim/.test(file))).toEqual([]);
  });

  test('no checkpoint is waited for: a slow store holds up no training', async () => {
    const a = host('a');
    await a.train('t0');
    a.instead = async (dir, onEvent) => {
      behindProxy().weather = 'slow';
      const began = Date.now();
      for (const step of [1, 2, 3, 4]) a.checkpoint(dir, step, onEvent);
      expect(Date.now() - began).toBeLessThan(500);
      await a.finish(path.basename(dir));
      behindProxy().weather = 'well';
    };
    await a.train('t1');
    expect((await a.inStore()).filter((file) => file.includes('t1/checkpoints'))).toEqual([]);
  });
});

describe('a store that is away', () => {
  test('while a trial ends: the result is returned, stays marked, and goes with the next one', async () => {
    const a = host('a');
    hasPending(a);
    behindProxy().weather = 'dead';
    expect(await a.train('t1')).toMatchObject({ score: 0.7, at: 'a' });
    expect(a.due()).toEqual(['call.c1', 'trial.t1']);
    // Once for the report, however often it was asked.
    expect(
      a
        .read('second-attempts.jsonl')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([{ attempt: 1, note: expect.stringMatching(/^went on in spite of the store: STORE s3:/) }]);
    behindProxy().weather = 'well';
    expect(await a.inStore()).toEqual([]);
    await a.train('t2');
    expect(a.due()).toEqual([]);
    expect(await a.inStore()).toEqual(
      expect.arrayContaining(['trials/t1/result.json', 'trials/t1/model/modules.json', 'trials/t2/result.json']),
    );
  });

  test.each([['dead'], [503], ['cut']] as const)('for a moment (%s): it is waited for', async (weather) => {
    const a = host('a');
    a.instead = async (dir) => {
      await a.finish(path.basename(dir));
      behindProxy().weather = weather;
      setTimeout(() => (behindProxy().weather = 'well'), 2500);
    };
    await a.train('t1');
    expect(a.due()).toEqual([]);
    expect(await a.inStore()).toContain('trials/t1/result.json');
  });

  test('a later attempt waits for it, heartbeating, and then finds what another host has finished', async () => {
    const [a, b] = [host('a'), host('b')];
    await a.train('t1');
    behindProxy().weather = 'dead';
    setTimeout(() => (behindProxy().weather = 'well'), 3000);
    const environment = new MockActivityEnvironment({ attempt: 2 });
    let beats = 0;
    environment.on('heartbeat', () => (beats += 1));
    expect(await environment.run(trainTrialWith(b.trainer, 'b'), b.request('t1'))).toMatchObject({ score: 0.7 });
    expect(beats).toBeGreaterThan(1);
    expect(b.trained).toEqual([]);
  });

  test('an attempt that waits can be cancelled', async () => {
    const b = host('b');
    behindProxy().weather = 'dead';
    const environment = new MockActivityEnvironment({ attempt: 2 });
    setTimeout(() => environment.cancel('CANCELLED', new ActivityCancellationDetails({ cancelRequested: true })), 500);
    await expect(environment.run(trainTrialWith(b.trainer, 'b'), b.request('t1'))).rejects.toThrow('CANCELLED');
    expect(b.trained).toEqual([]);
  });

  test('at the start of a run it is told at once, with the setting and what to look at', async () => {
    const a = host('a');
    behindProxy().weather = 'dead';
    const probe = probeTrainerWith(a.trainer, 'a');
    const config = a.state.config.DEFAULT_CONFIG;
    await expect(
      new MockActivityEnvironment().run(probe, { run: a.state.run, config, hangSeconds: 5 }),
    ).rejects.toMatchObject({
      type: 'bad_config',
      nonRetryable: true,
      message: expect.stringMatching(/STORE s3:\/\/tuning-test\/runs, bucket tuning-test: .*AWS_ENDPOINT_URL_S3/),
    });
  });
});

describe('the end of a run', () => {
  const ended = (of: HostOfRun, ...ids: string[]): void => {
    for (const id of ids) {
      const number = of.state.trials.length + 1;
      recordTrial(of.state, trial({ id, number, result: { ...result(0.5 + number / 10), at: 'a' } }));
    }
  };
  const nowhere = () => Promise.reject(new Error('the base model is not asked for'));

  test('a model that another host has trained is published from the store, and put there as the best one', async () => {
    const [a, b] = [host('a'), host('b')];
    await a.train('t1');
    await a.train('t2');
    await putClaim(a.stored, 'left', 'token');
    ended(b, 't1', 't2');
    await new MockActivityEnvironment().run(publishModelWith(nowhere), { state: b.state });
    expect(b.has('best_overall_model', 'modules.json')).toBe(true);
    const there = await b.inStore();
    expect(there).toEqual(expect.arrayContaining(['best_overall_model/modules.json', 'best_overall_model/README.md']));
    expect(there.filter((file) => /claim|checkpoint/.test(file))).toEqual([]);
    expect(there).toContain('trials/t2/model/modules.json');
  });

  test('a cancelled run publishes its best model from the store; without an answer it publishes none', async () => {
    const [a, b] = [host('a'), host('b')];
    await a.train('t1');
    ended(b, 't1');
    expect(await new MockActivityEnvironment().run(salvageRunWith(nowhere), { state: b.state })).toMatchObject({
      path: expect.stringContaining('best_overall_model'),
    });
  });

  test('a place that is tidied puts what it still has to put', async () => {
    const a = host('a');
    hasPending(a);
    behindProxy().weather = 'dead';
    await a.train('t1');
    behindProxy().weather = 'well';
    ended(a, 't1');
    await new MockActivityEnvironment().run(tidyPlace, { state: a.state });
    expect(await a.inStore()).toContain('trials/t1/result.json');
  });

  test('record and report go to the store, and the report brings results of other hosts', async () => {
    const [a, b] = [host('a'), host('b')];
    b.state.config.AGENT_SETTINGS.REPORT_DIR = path.join(b.folder, 'reports');
    await a.train('t1');
    ended(b, 't1');
    const request = { state: b.state, workflowId: 'w' };
    await new MockActivityEnvironment().run(writeReport, request);
    await new MockActivityEnvironment().run(keepRecord, request);
    expect(b.has('trials', 't1', 'result.json')).toBe(true);
    const there = await b.inStore();
    expect(there).toContain('run.json');
    expect(there.some((file) => /^reports\/agent_run_report_.*\.md$/.test(file))).toBe(true);
    expect(b.due()).toEqual([]);
  });
});

test('a trial that is trained again for its model begins with nothing of the former training', async () => {
  const [a, b] = [host('a'), host('b')];
  await a.train('t1');
  await dropStoredModels(a.stored, ['t1']);
  expect((await a.inStore()).filter((file) => file.includes('model'))).toEqual([]);
  let told = '';
  b.instead = async (dir) => {
    told = b.has('trials', 't1', 'events.jsonl') ? b.read('trials', 't1', 'events.jsonl') : '';
    await b.finish(path.basename(dir));
  };
  await b.train('t1', { modelNeeded: true });
  expect(told).not.toContain('"finished"');
});

test('what is left of a model whose removal was cut off is found again', async () => {
  const a = host('a');
  await a.train('t1');
  await a.stored.store.write(`${a.state.run}/trials/t2/model/model.safetensors`, 'half');
  await keepStoredModels(a.stored, new Set(['t1']));
  const left = (await a.inStore()).filter((file) => file.includes('/model'));
  expect(left.every((file) => file.startsWith('trials/t1/'))).toBe(true);
  expect(left.length).toBeGreaterThan(0);
});

test('a checkpoint that goes while it is put leaves the older one in the store', async () => {
  const a = host('a');
  const dir = a.layout.trial('t1');
  a.checkpoint(dir, 2, () => {});
  await putCheckpoint(a.stored, 't1', 2);
  mkdirSync(path.join(dir, 'checkpoints', 'checkpoint-4'), { recursive: true });
  const failing = {
    ...a.stored.store,
    upload: async () => Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' })),
  };
  writeFileSync(path.join(dir, 'checkpoints', 'checkpoint-4', 'manifest.json'), '{}');
  await putCheckpoint({ ...a.stored, store: failing }, 't1', 4);
  const there = (await a.inStore()).filter((file) => file.includes('checkpoint-'));
  expect(there).toContain('trials/t1/checkpoints/checkpoint-2.whole.json');
  expect(there.filter((file) => file.includes('checkpoint-4'))).toEqual([]);
});

test('what is marked anew while it is put is put once more', async () => {
  const a = host('a');
  mkdirSync(a.layout.root, { recursive: true });
  writeFileSync(a.layout.record, '1');
  await markDue(a.stored, { what: 'record', name: '' });
  const [first] = await allDue(a.stored);
  writeFileSync(a.layout.record, '2');
  await markDue(a.stored, { what: 'record', name: '' });
  await putDue(a.stored, first!);
  expect(await allDue(a.stored)).toHaveLength(1);
  await putDue(a.stored, (await allDue(a.stored))[0]!);
  expect(await allDue(a.stored)).toEqual([]);
});

test('the archive of a long run has what every host has put away', async () => {
  const [a, b] = [host('a'), host('b')];
  const { state } = a;
  const config = (of: HostOfRun) => ({ ...state, config: of.state.config });
  const putAwayAt = async (of: HostOfRun) => {
    const away = whatToPutAway(state)!;
    await new MockActivityEnvironment().run(keepRecord, { state: config(of), workflowId: 'w', away });
    putAway(state, away);
  };
  recordTrainings(state, 150);
  await putAwayAt(a);
  recordTrainings(state, 250);
  await putAwayAt(b);
  expect(state.trials.length).toBeLessThan(120);
  const asked: StudyRequest[] = [];
  const search = studySearchWith({ study: async (study) => (asked.push(study), studyInOrder(study)) });
  for (const one of [host('c'), a])
    await new MockActivityEnvironment().run(search, { run: state.run, study: studyRequest(config(one), null, 1) });
  const numbers = Array.from({ length: 250 }, (_, index) => (index + 1) / 1e6);
  for (const { trials } of asked)
    expect(trials.map(({ values }) => values['LEARNING_RATE'] as number).sort((x, y) => x - y)).toEqual(numbers);
});
