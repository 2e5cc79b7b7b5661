/** Limits hold exactly, also when what they count was interrupted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { trialsIn } from '../evidence.ts';
import type { Fault } from '../fault.ts';

/** Seconds; the undisturbed training takes a few. */
const ALLOWED = 20;
/** A watcher looks twice a second, and the training leaves after its step and its checkpoint. */
const IN_FLIGHT = 6;

export const BUDGETS: Fault[] = [
  {
    name: 'training-seconds-across-a-kill',
    size: 'short',
    set: [`MAX_TRIAL_SECONDS=${ALLOWED}`],
    otherAnswers: true,
    failed: 1,
    unnoticed: true,
    prepare: ({ points }) => points.arm('mid-step', '3 pause'),
    inject: async (stage, name) => {
      const stoppedAt = await stage.points.reached('mid-step');
      // The allowance runs from the start of the attempt, which was a few steps ago.
      const [trial] = trialsIn(stage.folderOf(await stage.runOf(name)));
      const started = trial!.events.find(({ event }) => event === 'started')!;
      await sleep(Math.max(0, (started.t + ALLOWED - 1.5) * 1000 - Date.now()));
      const at = Date.now();
      // The resumed attempt waits at its first step, so that it cannot end before what is left of its time is over.
      stage.points.arm('mid-step');
      process.kill(stage.pidOf('training'), 'SIGKILL');
      await sleep(4000);
      stage.points.release('mid-step');
      return { at, signs: 'training', stoppedAt };
    },
    also: ({ trials, outcome }) => {
      const stopped = trials.find(({ result }) => !result);
      const ends = stopped?.events.filter(({ event }) => event === 'failed').length;
      const most = ALLOWED + IN_FLIGHT + trials.reduce((sum, { result }) => sum + (result?.train_seconds ?? 0), 0);
      return [
        ...(ends === 2 ? [] : [`the stopped trial has ${ends} ends, not 2`]),
        ...(outcome.usage.trainSeconds <= most
          ? []
          : [`${outcome.usage.trainSeconds} s were counted, ${most} s allowed`]),
      ];
    },
  },
  {
    name: 'tokens-across-a-kill',
    size: 'short',
    // The check at the start and the plan fit; the next question, whose longest reply is reserved, does not.
    set: ['MAX_TOKENS=13000', 'GPT_MAX_OUTPUT_TOKENS=10000'],
    otherAnswers: true,
    within: 20,
    prepare: ({ points }) => points.arm('reply-stored'),
    inject: async (stage) => {
      await stage.points.reached('reply-stored');
      const at = Date.now();
      process.kill(stage.pidOf('worker-tuning'), 'SIGKILL');
      stage.points.release('reply-stored');
      return { at, signs: 'workflow' };
    },
    also: ({ calls, outcome }) =>
      calls.length === 1 && outcome.usage.tokens === 750
        ? []
        : [`${calls.length} calls and ${outcome.usage.tokens} tokens, where one call and 750 were expected`],
  },
];
