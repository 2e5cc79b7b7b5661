/** Processes are ended, each at named points of a run. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Injected } from '../fault.ts';
import type { Point } from '../points.ts';
import { eventually, signalAll } from '../processes.ts';
import type { Role, Size, Stage } from '../stage.ts';

const IN_TRAINING: readonly Point[] = [
  'mid-step',
  'mid-evaluation',
  'checkpoint-half',
  'checkpoint-sealed',
  'model-half',
  'result-ready',
  'result-written',
];
/** A worker's heartbeat timeout is 10 s for trainings and 15 s for the adviser; the target adds 5 s. */
const WORKER_WITHIN = 20;
const TRAINER_WITHIN = 3;
const SERVER_WITHIN = 15;
/** Importing the libraries anew: nothing is left that has them. */
const KEEPER_WITHIN = 40;

const inTraining = (role: Role): boolean => role !== 'worker-tuning' && role !== 'client';

/** Workers before the supervisor, which they would start again; as a power cut leaves them no time to. */
const EVERYTHING: readonly Role[] = ['client', 'worker-tuning', 'worker-training', 'supervisor', 'server'];

/** Which step a training point is at: a random one that no checkpoint follows, so that something is lost. */
const someStep = (random: () => number): string => String(3 + 2 * Math.floor(random() * 2));

interface Killing {
  point: Point;
  roles: readonly Role[];
  signal?: NodeJS.Signals;
  size?: Size;
  within?: number;
  quick?: boolean;
  repeatedCalls?: number;
  unnoticed?: boolean;
  after?: (stage: Stage) => Promise<void>;
}

function killing({
  point,
  roles,
  signal = 'SIGKILL',
  size = 'short',
  within,
  quick = false,
  repeatedCalls = 0,
  unnoticed = false,
  after,
}: Killing): Fault {
  const training = IN_TRAINING.includes(point) && roles.some(inTraining);
  return {
    name: `${signal.slice(3).toLowerCase()}-${roles === EVERYTHING ? 'everything' : roles.join('-and-')}-at-${point}${size === 'whole' ? '-of-a-whole-run' : ''}`,
    size,
    quick,
    repeatedCalls,
    lostReplies: point === 'reply-received' ? repeatedCalls : 0,
    unnoticed,
    clientDies: roles.includes('client'),
    ...(within === undefined ? {} : { within }),
    prepare: ({ points }, random) => points.arm(point, `${point === 'mid-step' ? someStep(random) : 'any'} pause`),
    inject: async (stage) => {
      const stoppedAt = await stage.points.reached(point);
      const pids = roles.map((role) => stage.pidOf(role));
      const at = Date.now();
      signalAll(signal, pids);
      await after?.(stage);
      // The kernel ends children a moment after their parent; what waits at the point must not go on meanwhile.
      await sleep(300);
      stage.points.release(point);
      const injected: Injected = {
        at,
        signs: training ? 'training' : point === 'held-out' ? 'held-out' : 'workflow',
        ...(training && !roles.every((role) => role === 'server') ? { stoppedAt } : {}),
      };
      return injected;
    },
  };
}

export const KILLS: Fault[] = [
  ...IN_TRAINING.map((point) =>
    killing({
      point,
      roles: ['training'],
      within: TRAINER_WITHIN,
      quick: point === 'mid-step',
      unnoticed: point === 'result-written',
    }),
  ),
  ...(['mid-step', 'mid-evaluation', 'checkpoint-half', 'result-ready'] as const).map((point) =>
    killing({ point, roles: ['trainer'], within: TRAINER_WITHIN, quick: point === 'checkpoint-half' }),
  ),
  killing({ point: 'mid-step', roles: ['keeper'], within: KEEPER_WITHIN }),
  killing({ point: 'held-out', roles: ['training'], within: TRAINER_WITHIN }),
  killing({ point: 'held-out', roles: ['trainer'], within: TRAINER_WITHIN }),
  ...IN_TRAINING.map((point) =>
    killing({ point, roles: ['worker-training'], within: WORKER_WITHIN, quick: point === 'mid-step' }),
  ),
  killing({ point: 'held-out', roles: ['worker-training'], within: WORKER_WITHIN }),
  killing({ point: 'model-copied', roles: ['worker-training'], within: WORKER_WITHIN }),
  killing({ point: 'model-published', roles: ['worker-training'], within: WORKER_WITHIN }),
  killing({ point: 'reply-received', roles: ['worker-tuning'], within: WORKER_WITHIN, repeatedCalls: 1 }),
  killing({ point: 'reply-stored', roles: ['worker-tuning'], within: WORKER_WITHIN, quick: true }),
  killing({ point: 'report-writing', roles: ['worker-tuning'], within: WORKER_WITHIN }),
  killing({ point: 'report-written', roles: ['worker-tuning'], within: WORKER_WITHIN }),
  killing({ point: 'mid-step', roles: ['worker-tuning'], within: WORKER_WITHIN, unnoticed: true }),
  ...(['mid-step', 'reply-stored', 'result-written', 'report-writing'] as const).map((point) =>
    killing({ point, roles: ['server'], within: SERVER_WITHIN, unnoticed: true, quick: point === 'mid-step' }),
  ),
  killing({ point: 'mid-step', roles: ['worker-training', 'server'] }),
  killing({ point: 'mid-step', roles: ['supervisor'], unnoticed: true }),
  killing({ point: 'mid-step', roles: ['client'], unnoticed: true }),
  ...(['mid-step', 'reply-stored', 'checkpoint-half'] as const).map((point) =>
    killing({ point, roles: EVERYTHING, after: (stage) => stage.up() }),
  ),
  // In good order, so a training may well end within the grace time: then there is nothing to tell.
  ...(['training', 'trainer', 'worker-training', 'worker-tuning', 'supervisor', 'server'] as const).map((role) =>
    killing({
      point: 'mid-step',
      roles: [role],
      signal: 'SIGTERM',
      unnoticed: true,
      ...(role === 'supervisor' ? { after: (stage: Stage) => stage.up() } : {}),
    }),
  ),
  killing({ point: 'mid-step', roles: ['worker-training'], signal: 'SIGINT', unnoticed: true }),
  // Two trainings at once: the one beside the victim has nothing to lose, or both go on.
  killing({ point: 'mid-step', roles: ['training'], size: 'whole' }),
  killing({ point: 'result-ready', roles: ['trainer'], size: 'whole' }),
  killing({ point: 'checkpoint-half', roles: ['worker-training'], size: 'whole' }),
  killing({ point: 'reply-stored', roles: ['worker-tuning'], size: 'whole' }),
  killing({ point: 'mid-step', roles: EVERYTHING, size: 'whole', after: (stage) => stage.up() }),
];

/** At questions and between parameters there is no activity to stop at; the run's own words tell where it is. */
export const BETWEEN: Fault[] = (['worker-tuning', 'server'] as const).flatMap((role): Fault[] => [
  {
    name: `kill-${role}-at-a-gate`,
    size: 'two',
    set: ['INTERACTIVE_MODE=true'],
    unnoticed: true,
    inject: (stage, name) => answerGates(stage, name, async () => signalAll('SIGKILL', [stage.pidOf(role)])),
  },
  {
    name: `kill-${role}-at-continue-as-new`,
    size: 'two',
    unnoticed: true,
    inject: async (stage, name) => {
      const workflowId = `tuning-${await stage.runOf(name)}`;
      const client = await stage.client();
      const handle = client.workflow.getHandle(workflowId);
      const first = (await handle.describe()).runId;
      await eventually(async () => (await handle.describe()).runId !== first, 'the continued execution', 120_000);
      const at = Date.now();
      signalAll('SIGKILL', [stage.pidOf(role)]);
      await client.connection.close();
      return { at, signs: 'workflow' };
    },
  },
]);

/** The run asks once, between its two parameters; somebody dies while it waits, and the answer comes afterwards. */
async function answerGates(stage: Stage, name: string, kill: () => Promise<void>): Promise<Injected> {
  const run = await stage.runOf(name);
  await stage.gate(`tuning-${run}`, 'LEARNING_RATE/end');
  await kill();
  const at = Date.now();
  await eventually(
    async () => (await stage.command(['decide', run, 'continue'])).exitCode === 0,
    'the decision',
    60_000,
  );
  return { at, signs: 'workflow' };
}
