/** One run of the real story on a table: its workflow, its search model's process, its rules; only trainings are looked up. */
import pLimit from 'p-limit';
import type { Verdict } from '../../../src/domain/confirmation.ts';
import type { ConfirmRequest, ConfirmedScores, Consultation, TrainRequest } from '../../../src/domain/contract.ts';
import type { SearchModel } from '../../../src/advisers/local/searchModel.ts';
import { localAdviser } from '../../../src/advisers/local/localAdviser.ts';
import { newRun } from '../../../src/domain/runState.ts';
import type { RunState } from '../../../src/domain/runState.ts';
import type { Hint } from '../../../src/domain/study.ts';
import type { TrialResult } from '../../../src/domain/trials.ts';
import { tellRun } from '../../../src/workflows/tuningRun.ts';
import { FACTS, result } from '../../../test/domain/runs.ts';
import { memoryWorld, typedFailure } from '../../../test/workflows/memoryHost.ts';
import { Clock } from './clock.ts';
import { drawnOf, placeOf } from './grid.ts';
import type { Drawn, Grid } from './grid.ts';
import type { LineProcess } from './lineProcess.ts';
import { methodOf } from './methods.ts';
import type { Method } from './methods.ts';
import { scriptedNext, scriptedPlan } from './scripted.ts';
import { configFor, KEYS } from './settings.ts';
import type { Job } from './settings.ts';

/** Pairs that a held-out score is made of: the bundled data's test split. */
const HELD_OUT_PAIRS = 500;
/** Share of a training's seconds that its steps take until each of four looks. */
const LOOKS = 4;

/** What a training is for, by the phase it is asked for in and whether its seed is the run's own. */
const purposeIn = (phase: RunState['phase'], fresh: number): string => {
  if (phase === 'baseline') return fresh === 0 ? 'baseline' : 'noise';
  if (phase === 'confirming') return 'confirmation';
  return fresh === 0 ? 'round' : 'repeat';
};

/** [place, score or null for a pruned one, seconds, seeds beyond the run's own, purpose, score it would have had if pruned] */
export type Training = [number, number | null, number, number?, string?, number?];

export interface Played extends Job {
  trainings: Training[];
  /** What the search ended with, after the ship rule; the default's place when it is that. */
  shipped: number;
  /** Seconds from begin to end of the trainings, side by side as far as there were slots. */
  makespan: number;
  verdict?: Verdict | null;
  published?: string | null;
  difference?: { mean: number; low: number; high: number } | null;
  /** Why the run ended before its pool was used up. */
  ended?: string;
  advised?: number;
}

/** What `confirm.py` says. */
type Judged = Pick<ConfirmedScores, 'scores' | 'difference' | 'verdict'> & {
  over_untouched: ConfirmedScores['overUntouched'];
  seed_sd: ConfirmedScores['seedSd'];
};

export interface Services {
  search: SearchModel;
  heldOut: LineProcess;
}

/** The local adviser needs no key and no account. */
const asLocal = (request: Consultation) => request as unknown as Parameters<ReturnType<typeof localAdviser>['plan']>[0];

/** Who looks on. The methods are compared as if everything that a run asks for at once had a slot; a real machine has so many. */
export interface Onlooker {
  slots: number;
  /** Told before each training begins, with the seconds since the run began. */
  look: (state: RunState, seconds: number) => void;
}

/** @throws Error when the story fails: a benchmark of runs that fail would say nothing. */
export async function play(
  grid: Grid,
  job: Job,
  services: Services,
  hints: Hint[] = [],
  onlooker: Onlooker | null = null,
): Promise<Played> {
  const method: Method = methodOf(job.method);
  const config = configFor(grid, job, method);
  const { SEED } = config.DEFAULT_CONFIG;
  const state = newRun('bench', config, 0);
  const clock = new Clock();
  const trained = new Map<string, { place: number; fresh: number; drawn: Drawn }>();
  const trainings: Training[] = [];
  const local = localAdviser(services.search);
  const ours = { kind: 'openai' as const, model: 'scripted', note: 'a script advises' };

  const slots = pLimit(onlooker?.slots ?? Infinity);
  const trainTrial = async ({ trial, config: of, prune }: TrainRequest): Promise<TrialResult> => {
    const place = placeOf(grid, of as unknown as Record<string, string | number>);
    const fresh = of.SEED - SEED;
    const drawn = drawnOf(grid, place, job.run, fresh);
    trained.set(trial, { place, fresh, drawn });
    const looks = drawn.looks?.map((score, index) => ({ step: index + 1, score })) ?? [];
    const hopeless = prune?.looks.find(({ look, below }) => look < LOOKS && (looks[look - 1]?.score ?? below) < below);
    const share = hopeless ? hopeless.look / LOOKS : 1;
    const seconds = drawn.seconds * share;
    const purpose = purposeIn(state.phase, fresh);
    onlooker?.look(state, clock.now);
    await slots(() => clock.pass(seconds));
    if (hopeless) {
      trainings.push([place, null, seconds, fresh, purpose, drawn.score]);
      const score = looks[hopeless.look - 1]!.score;
      throw typedFailure('pruned', { score, look: hopeless.look, train_seconds: seconds, cpu_seconds: seconds });
    }
    trainings.push([place, drawn.score, seconds, fresh, purpose]);
    return {
      ...result(drawn.score),
      bestStep: LOOKS,
      steps: LOOKS,
      trainSeconds: seconds,
      cpuSeconds: seconds,
      looks,
    };
  };

  const confirmHeldOut = async ({ models, devNoise }: ConfirmRequest) => {
    const judged = await services.heldOut.ask({
      run: job.run,
      pairs: HELD_OUT_PAIRS,
      models: models.map(({ arm, seed, trial }) => ({
        arm,
        seed,
        quality: trial === null ? grid.untouched![1] : trained.get(trial)!.drawn.heldOut,
      })),
      dev_noise: devNoise && [devNoise.sd, devNoise.repeats],
    });
    const { over_untouched: overUntouched, seed_sd: seedSd, ...rest } = judged as unknown as Judged;
    return { split: 'test', pairs: HELD_OUT_PAIRS, seconds: 0, ...rest, overUntouched, seedSd };
  };

  const splits = { ...FACTS.inspection.data.splits, ...(method.whole ? {} : { test: null }) };
  const data = { ...FACTS.inspection.data, splits, warnings: [] };
  const { host } = memoryWorld(
    state,
    {
      probeTrainer: async () => ({ ...FACTS, inspection: { ...FACTS.inspection, data } }),
      probeAdviser: async () => (method.adviser ? ours : local.facts({} as never)),
      scoreUntouched: async () => ({ score: grid.untouched?.[0] ?? -1, seconds: 0 }),
      earlierEvidence: async () => ({ hints, seeds: [] }),
      studySearch: async ({ study }) => services.search.study(study),
      advisePlan: async (request) =>
        request.adviser === 'openai' ? scriptedPlan(grid, method.adviser!, KEYS) : local.plan(asLocal(request)),
      adviseNext: async (request) => scriptedNext(grid, method.adviser!, state, request, job.run),
      adviseSummary: async (request) => local.summarise(asLocal(request)),
      trainTrial,
      confirmHeldOut,
    },
    () => [],
    () => [],
    4,
  );
  await tellRun(host);
  if (state.status !== 'completed') throw new Error(`${JSON.stringify(job)}: ${state.status}: ${state.endedEarly}`);
  const broken = state.notes.find((note) => /did not answer|incomplete|could not/.test(note));
  if (broken) throw new Error(`${JSON.stringify(job)}: ${broken}`);
  const { verdict = null, difference = null } = state.confirmation ?? {};
  const ended = state.notes.find((note) => note.startsWith('the search ended'));
  return {
    ...job,
    trainings,
    shipped: placeOf(grid, state.trials.find(({ id }) => id === state.incumbent)!.values),
    makespan: clock.now,
    ...(method.whole ? { verdict, difference, published: state.published?.what ?? null } : {}),
    ...(ended ? { ended } : {}),
    ...(method.adviser ? { advised: state.trials.filter(({ proposedBy }) => proposedBy === 'adviser').length } : {}),
  };
}
