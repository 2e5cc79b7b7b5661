/**
 * Another host takes over: another name, a network of its own and, where nothing is shared, another storage under the
 * same path.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import { trialsIn } from '../evidence.ts';
import type { Fault, Injected } from '../fault.ts';
import { CAN_HAVE_HOSTS, endOf, withOtherHost } from '../otherHosts.ts';
import { eventually, signalAll } from '../processes.ts';
import type { Stage } from '../stage.ts';

/** Worker and trainer, parents first. */
const trainingFamily = (stage: Stage): number[] => [
  stage.pidOf('worker-training'),
  stage.pidOf('keeper'),
  stage.pidOf('trainer'),
  stage.pidOf('training'),
];
/**
 * The host with the training worker goes; its supervisor is frozen, so that nothing there starts again until the run
 * has ended.
 */
function hostGone(shared: boolean): Fault {
  return {
    name: `host-gone-models-${shared ? 'shared' : 'lost'}`,
    size: 'short',
    set: ['KEEP_TRIAL_MODELS=all'],
    lostFiles: !shared,
    within: 60,
    unnoticed: !shared,
    inject: async (stage, name) => {
      // In the second trial, so that the model of a finished one goes too.
      const folder = stage.folderOf(await stage.runOf(name));
      await eventually(() => trialsIn(folder).find(({ result }) => result), 'the first trial');
      stage.points.arm('mid-step', '5 pause');
      const stoppedAt = await stage.points.reached('mid-step');
      const supervisor = stage.pidOf('supervisor');
      signalAll('SIGSTOP', [supervisor]);
      const at = Date.now();
      signalAll('SIGKILL', [stage.pidOf('worker-training')]);
      await withOtherHost(stage, { shared }, () => endOf(stage, name)).finally(() =>
        signalAll('SIGCONT', [supervisor]),
      );
      return { at, signs: 'training', stoppedAt };
    },
    also: async ({ outcome }, stage) => {
      await eventually(
        () => stage.processes().find(({ command }) => command.includes('tuning_trainer serve')),
        'the worker of the first host',
      );
      const report = readFileSync(path.resolve(PROJECT_ROOT, outcome.report), 'utf8');
      return shared || report.includes('was lost with its host') ? [] : ['the report does not tell of the lost model'];
    },
  };
}

/** An attempt that was given up wakes after another host has finished its trial: it must not write any more. */
const COMES_BACK: Fault = {
  name: 'fenced-attempt-comes-back',
  size: 'short',
  within: 60,
  prepare: ({ points }) => points.arm('mid-step', '3 pause'),
  inject: async (stage) => {
    const stoppedAt = await stage.points.reached('mid-step');
    const family = trainingFamily(stage);
    const at = Date.now();
    signalAll('SIGSTOP', family);
    stage.points.release('mid-step');
    const folder = stage.folderOf(await stage.runOf('fenced-attempt-comes-back'));
    await withOtherHost(stage, { shared: true }, async () => {
      const done = await eventually(
        () => trialsIn(folder).find(({ events }) => events.some(({ event }) => event === 'finished')),
        'the trial on the other host',
        120_000,
      );
      const before = readFileSync(path.join(done.folder, 'events.jsonl'), 'utf8');
      signalAll('SIGCONT', family);
      await sleep(5000);
      if (readFileSync(path.join(done.folder, 'events.jsonl'), 'utf8') !== before)
        throw new Error('the fenced attempt went on writing');
    }).finally(() => signalAll('SIGCONT', family));
    return { at, signs: 'training', stoppedAt };
  },
};

/** The whole run with a second host at work that has a `models/` of its own. */
async function besideAnother(
  stage: Stage,
  name: string,
  environment: Record<string, string>,
  meanwhile: () => Promise<void> = async () => {},
): Promise<Injected> {
  const at = Date.now();
  await withOtherHost(stage, { shared: false, environment }, async () => {
    await meanwhile();
    await endOf(stage, name);
  });
  return { at, signs: 'workflow' };
}

/** It takes no trainings, says so, and fails nobody's trial. */
const BROKEN_TRAINER: Fault = {
  name: 'host-with-a-broken-trainer',
  size: 'two',
  unnoticed: true,
  inject: (stage, name) =>
    besideAnother(stage, name, { TUNING_PYTHON_BIN: '/bin/false' }, async () => {
      await eventually(async () => {
        const { broken } = JSON.parse((await stage.command(['status', '--json'])).stdout as string) as {
          broken: string[];
        };
        return broken.find((worker) => worker.includes('the trainer ended while starting'));
      }, 'what status says of it');
    }),
};

/** Its scores would be of another class: it refuses, and the first host takes the work. */
const OTHER_DEVICE: Fault = {
  name: 'host-with-another-device',
  size: 'two',
  // A refusal is another attempt, and the report tells of it; whether the work comes there first is the server's choice.
  unnoticed: true,
  inject: (stage, name) => besideAnother(stage, name, { TUNING_FAULTS_DEVICE: 'another-device' }),
  also: (_, stage) => {
    const theirs = readdirSync(path.join(stage.home, 'models-of-other-host'), { recursive: true }) as string[];
    return theirs.some((file) => file.endsWith('result.json')) ? ['the other device trained'] : [];
  },
};

/**
 * Two hosts that both train to the end, each with a `models/` of its own: held-out scores and the published model come from
 * wherever their weights lie, and nothing is trained again for that.
 */
const BOTH_TRAIN: Fault = {
  name: 'two-hosts-without-shared-models',
  size: 'whole',
  set: ['KEEP_TRIAL_MODELS=all'],
  lostFiles: true,
  unnoticed: true,
  inject: (stage, name) => besideAnother(stage, name, {}),
  also: ({ outcome }, stage) => {
    const report = readFileSync(path.resolve(PROJECT_ROOT, outcome.report), 'utf8');
    const elsewhere = readdirSync(path.join(stage.home, 'models-of-other-host'), { recursive: true }) as string[];
    return [
      ...(report.includes('trained again') ? ['a model was trained again'] : []),
      ...(elsewhere.some((file) => file.endsWith('result.json')) ? [] : ['the other host trained nothing']),
    ];
  },
};

const ALL: Fault[] = [hostGone(true), hostGone(false), COMES_BACK, BROKEN_TRAINER, OTHER_DEVICE, BOTH_TRAIN];
export const HOSTS = CAN_HAVE_HOSTS ? ALL : [];
export const LEFT_OUT_HOSTS = CAN_HAVE_HOSTS
  ? []
  : ALL.map(({ name }) => `${name} (needs the right to make namespaces)`);
