/** A store for several hosts: hosts are lost in mid-run, and the store itself is slow, dies, comes back, answers errors. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../../src/store/openStore.ts';
import { BUCKET } from '../../store/s3Server.ts';
import type { Weather } from '../../store/s3Server.ts';
import { trialsIn } from '../evidence.ts';
import type { Evidence } from '../evidence.ts';
import type { Fault } from '../fault.ts';
import { CAN_HAVE_HOSTS, endOf, openTunnels, startOtherHost } from '../otherHosts.ts';
import type { OtherHost } from '../otherHosts.ts';
import { eventually, signalAll } from '../processes.ts';
import type { Stage } from '../stage.ts';

const STORE = `s3://${BUCKET}/faults`;

const prepared = async (stage: Stage): Promise<void> => {
  // The test looks into the store by the same way.
  Object.assign(
    process.env,
    Object.fromEntries(Object.entries(stage.environment).filter(([name]) => name.startsWith('AWS_'))),
  );
  await stage.openBucket();
};

/** Names of the run's files in the store. */
const inStore = async (run: string): Promise<string[]> =>
  (await openStore(STORE).list(run)).map(({ key }) => key.slice(run.length + 1));

/** At the end the store has everything that the run is known by, and nothing of what only a training needs. */
async function storeIsComplete({ run, trials, folder }: Evidence): Promise<string[]> {
  const there = await inStore(run);
  const wanted = [
    'run.json',
    'best_overall_model/modules.json',
    'best_overall_model.whole.json',
    ...trials.filter(({ result }) => result).map(({ id }) => `trials/${id}/result.json`),
    ...readdirSync(path.join(folder, 'adviser'))
      .filter((name) => name.endsWith('.json') && !name.startsWith('probe'))
      .map((name) => `adviser/${name}`),
  ];
  const unwanted = there.filter((name) => /claim\.json$|checkpoint/.test(name));
  return [
    ...wanted.filter((name) => !there.includes(name)).map((name) => `the store lacks ${name}`),
    ...(there.some((name) => /^reports\/.*\.md$/.test(name)) ? [] : ['the store lacks the report']),
    ...(unwanted.length > 0 ? [`the store still has ${unwanted.slice(0, 3).join(', ')}`] : []),
    ...(existsSync(path.join(folder, 'store-pending')) ? ['something is still to be put into the store'] : []),
  ];
}

/** Hosts that have nothing in common but the store: two are lost, one in mid-training, the third brings the run to its end. */
const THREE_HOSTS: Fault = {
  name: 'three-hosts-with-one-store',
  size: 'two',
  // The training stands still until its checkpoint is in the store.
  set: [`STORE=${STORE}`, 'HANG_SECONDS=180'],
  within: 60,
  prepare: prepared,
  inject: async (stage, name) => {
    const run = await stage.runOf(name);
    stage.points.arm('mid-step', '5 pause');
    const stoppedAt = await stage.points.reached('mid-step');
    await eventually(
      async () => (await inStore(run)).find((file) => /checkpoint-\d+\.whole\.json$/.test(file)),
      'a checkpoint in the store',
      150_000,
    );
    const supervisor = stage.pidOf('supervisor');
    const tunnels = openTunnels(stage);
    const hosts: OtherHost[] = [];
    const start = (host: string): OtherHost => {
      hosts.push(startOtherHost(stage, tunnels, { name: host, shared: false }));
      return hosts.at(-1)!;
    };
    signalAll('SIGSTOP', [supervisor]);
    const at = Date.now();
    signalAll('SIGKILL', [stage.pidOf('worker-training')]);
    try {
      const second = start('second-host');
      const folder = path.join(second.models, run);
      const done = await eventually(() => trialsIn(folder).find(({ result }) => result), 'the second host', 120_000);
      await eventually(async () => (await inStore(run)).includes(`trials/${done.id}/result.json`), 'its result');
      await second.lose();
      start('third-host');
      await endOf(stage, name);
    } finally {
      for (const host of hosts) await host.leave();
      tunnels.close();
      signalAll('SIGCONT', [supervisor]);
    }
    return { at, signs: 'training', stoppedAt };
  },
  also: async (evidence, stage) => {
    await eventually(
      () => stage.processes().find(({ command }) => command.includes('tuning_trainer serve')),
      'the worker of the first host',
    );
    const folders = ['models-of-second-host', 'models-of-third-host'].map((name) =>
      path.join(stage.home, name, evidence.run),
    );
    return [
      ...(await storeIsComplete(evidence)),
      ...trainedOnceOver([evidence.folder, ...folders]),
      ...(evidence.trials.some(({ events }) => events.some((one) => one.event === 'started' && one.resumed_from > 0))
        ? []
        : ['no training was resumed from the store']),
      ...(existsSync(path.join(folders[1]!, 'best_overall_model', 'modules.json'))
        ? []
        : ['the third host has not published']),
    ];
  },
};

/** Trials that more than one host has trained to the end, by the times that their events tell. */
function trainedOnceOver(folders: readonly string[]): string[] {
  const ends = new Map<string, Set<number>>();
  for (const { id, events } of folders.flatMap(trialsIn))
    for (const { event, t } of events) if (event === 'finished') ends.set(id, new Set([...(ends.get(id) ?? []), t]));
  return [...ends].filter(([, times]) => times.size > 1).map(([id]) => `trial ${id} was trained by two hosts`);
}

/** The whole run while the store is so; another weather where it is asked for. */
const throughout = (name: string, weather: Weather): Fault => ({
  name,
  size: 'two',
  set: [`STORE=${STORE}`],
  unnoticed: true,
  prepare: async (stage) => {
    await prepared(stage);
    stage.storeProxy.weather = weather;
  },
  also: async (evidence, stage) => {
    stage.storeProxy.weather = 'well';
    return storeIsComplete(evidence);
  },
});

/** It dies with the worker that trains: the next attempt waits for it, and goes on when it is back. */
const DIES_AND_COMES_BACK: Fault = {
  name: 'store-dies-and-comes-back',
  size: 'two',
  set: [`STORE=${STORE}`],
  prepare: prepared,
  inject: async (stage) => {
    stage.points.arm('mid-step', '5 pause');
    const stoppedAt = await stage.points.reached('mid-step');
    stage.storeProxy.weather = 'dead';
    signalAll('SIGKILL', [stage.pidOf('worker-training')]);
    stage.points.release('mid-step');
    await sleep(40_000);
    stage.storeProxy.weather = 'well';
    return { at: Date.now(), signs: 'training', stoppedAt };
  },
  within: 60,
  also: storeIsComplete,
};

/** It never comes back: what is finished is no hostage, and the run ends as without a store. */
const GONE_FOR_GOOD: Fault = {
  name: 'store-gone-for-good',
  size: 'short',
  set: [`STORE=${STORE}`],
  unnoticed: true,
  prepare: prepared,
  inject: async (stage, name) => {
    const folder = stage.folderOf(await stage.runOf(name));
    await eventually(() => trialsIn(folder).find(({ events }) => events.length > 0), 'the first training');
    stage.storeProxy.weather = 'dead';
    return { at: Date.now(), signs: 'workflow' };
  },
  also: ({ folder, trials }) => {
    const marked = existsSync(path.join(folder, 'store-pending'))
      ? readdirSync(path.join(folder, 'store-pending'))
      : [];
    const unmarked = trials.filter(({ id, result }) => result && !marked.includes(`trial.${id}`));
    const best = readFileSync(path.join(folder, 'best_overall_model', 'modules.json'), 'utf8');
    return [
      ...unmarked.map(({ id }) => `trial ${id} is forgotten`),
      ...(best === '' ? ['the published model is empty'] : []),
    ];
  },
};

const HOSTLESS: Fault[] = [
  throughout('store-slow', 'slow'),
  DIES_AND_COMES_BACK,
  throughout('store-answers-errors', 'flaky'),
  GONE_FOR_GOOD,
];
export const STORES = CAN_HAVE_HOSTS ? [THREE_HOSTS, ...HOSTLESS] : HOSTLESS;
export const LEFT_OUT_STORES = CAN_HAVE_HOSTS ? [] : [`${THREE_HOSTS.name} (needs the right to make namespaces)`];
