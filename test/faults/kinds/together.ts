/** Several runs, several starts, several decisions; and a server that is away for long. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { outcomeIn } from '../fault.ts';

export const TOGETHER: Fault[] = [
  {
    name: 'two-runs-at-once',
    size: 'short',
    repeatedCalls: 3,
    also: async ({ outcome }, stage) => {
      const [first, second] = await Promise.all(
        ['one-of-two', 'two-of-two'].map(async (name) => outcomeIn((await stage.start(name, 'short')).stdout)),
      );
      return [first!, second!].flatMap(({ best, status }) =>
        status === 'completed' && JSON.stringify(best) === JSON.stringify(outcome.best)
          ? []
          : ['a run beside another had another result'],
      );
    },
  },
  {
    name: 'same-name-started-twice',
    size: 'short',
    also: async ({ outcome }, stage) => {
      const outcomes = await Promise.all(
        [1, 2, 3].map(async () => outcomeIn((await stage.start('twins', 'short')).stdout)),
      );
      return [
        ...(new Set(outcomes.map(({ run }) => run)).size === 1
          ? []
          : [`${outcomes.map(({ run }) => run).join(', ')} instead of one run`]),
        ...(outcomes[0]!.best.score === outcome.best.score ? [] : ['another result']),
      ];
    },
  },
  {
    name: 'decisions-early-twice-bad-and-late',
    size: 'two',
    set: ['INTERACTIVE_MODE=true'],
    inject: async (stage, name) => {
      const run = await stage.runOf(name);
      const expectCode = async (args: string[], code: number): Promise<void> => {
        const { exitCode, stdout, stderr } = await stage.command(['decide', run, ...args]);
        if (exitCode !== code) throw new Error(`decide ${args.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
      };
      await expectCode(['set', 'SEED=7'], 2);
      await expectCode(['set', 'LEARNING_RATE=77'], 2);
      await expectCode(['set', 'constructor=1'], 2);
      await expectCode(['continue'], 0);
      return { at: Date.now(), signs: 'workflow' };
    },
    unnoticed: true,
    also: async ({ outcome }, stage) => {
      const { exitCode, stderr } = await stage.command(['decide', outcome.run, 'continue']);
      return exitCode === 2 ? [] : [`a decision for a finished run ended with ${exitCode}: ${stderr}`];
    },
  },
  {
    name: 'server-away-for-a-minute',
    size: 'short',
    unnoticed: true,
    prepare: ({ points }) => points.arm('mid-step', '3 pause'),
    inject: async (stage) => {
      await stage.points.reached('mid-step');
      const server = stage.pidOf('server');
      process.kill(server, 'SIGSTOP');
      stage.points.release('mid-step');
      await sleep(70_000);
      process.kill(server, 'SIGCONT');
      return { at: Date.now(), signs: 'workflow' };
    },
    within: 20,
  },
];
