/**
 * Step 6. Winner, default and untouched model on rows that nobody has seen, once: with fresh seeds for winner and default,
 * since a score that was picked for being high says too much of its own seed.
 */
import type { ConfirmRequest } from '../domain/contract.ts';
import { isPlugin } from '../domain/metric.ts';
import { meritOfBase, untouchedRival } from '../domain/baseModels.ts';
import type { RunState } from '../domain/runState.ts';
import { kindOf } from '../domain/runKind.ts';
import { baselineOf, freshSeeds, incumbentOf } from '../domain/runTrials.ts';
import type { ScoredTrial, Trial } from '../domain/trials.ts';
import { isScored } from '../domain/trials.ts';
import { brokenAfresh, decidePublished } from '../domain/published.ts';
import { said } from '../domain/said.ts';
import { forgetStop } from './ending.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';
import { forgetUnreached, lostIn, nearModel, placeOf, restoringModels } from './restoring.ts';
import { trainAll } from './training.ts';

/** A confirmation that fails is noted: then nothing is confirmed, and what is published says so. */
export async function confirm(host: Host): Promise<void> {
  const { state } = host;
  forgetStop(state);
  state.phase = 'confirming';
  host.show();
  if (!state.trainer!.inspection.data.splits.test)
    state.notes.push(
      isPlugin(state.config.DEFAULT_CONFIG)
        ? said`the training scores no held-out rows (evaluate), so the winner is not confirmed`
        : said`there is no held-out split, so the winner is not confirmed`,
    );
  else {
    try {
      const fresh = await freshTrainings(host);
      noteBroken(state);
      await scoreHeldOut(host, fresh);
    } catch (error) {
      if (host.isCancellation(error)) throw error;
      const message = error instanceof EndRun ? error.message : host.describeError(error).message;
      state.notes.push(said`the held-out confirmation is incomplete: ${message}`);
    }
  }
  const merit = meritOfBase(state);
  if (merit) state.notes.push(merit);
  state.published = decidePublished(state);
  host.show();
}

type Arm = 'baseline' | 'best';
interface Fresh {
  arm: Arm;
  trial: Trial;
}

/** Winner and default, trained with seeds that the search did not use; all at once, as far as the machine has slots. */
async function freshTrainings(host: Host): Promise<Fresh[]> {
  const { state } = host;
  const baseline = baselineOf(state);
  const best = incumbentOf(state)!;
  // Nothing is to be compared when the default won.
  if (!baseline || baseline.id === best.id) return [];
  const seeds = freshSeeds(state, state.config.AGENT_SETTINGS.CONFIRM_SEEDS);
  // The longer trainings first, so that no slot waits for the last of them.
  const seconds = (trial: ScoredTrial) => trial.result.cpuSeconds ?? trial.result.trainSeconds;
  const arms = seconds(best) > seconds(baseline) ? (['best', 'baseline'] as const) : (['baseline', 'best'] as const);
  const attempts = arms
    .flatMap((arm) => seeds.map((seed) => ({ arm, seed })))
    .map(({ arm, seed }) => ({
      arm,
      attempt: {
        purpose: 'confirmation' as const,
        key: null,
        proposedBy: 'agent' as const,
        reason: null,
        seed,
        values: (arm === 'baseline' ? baseline : best).values,
      },
    }));
  try {
    const trials = await trainAll(
      host,
      attempts.map(({ attempt }) => attempt),
    );
    return trials.map((trial, index) => ({ arm: attempts[index]!.arm, trial }));
  } catch (error) {
    if (!(error instanceof EndRun) || error.byPerson) throw error;
    // No time for fresh seeds: what there is still tells something.
    state.notes.push(said`there are no fresh seeds for the confirmation: ${error.message}`);
    return [];
  }
}

/** A constraint is for every model of a configuration, not for the seed that the search happened to have. */
function noteBroken(state: RunState): void {
  const [best, baseline] = [incumbentOf(state)!, baselineOf(state)];
  for (const { seed, failure } of brokenAfresh(state, best.values))
    state.notes.push(
      said`the winner is not confirmed: trained with seed ${seed} it is inadmissible (${failure!.message})`,
    );
  for (const { seed, failure } of baseline && baseline.id !== best.id ? brokenAfresh(state, baseline.values) : [])
    state.notes.push(said`the default is inadmissible when trained with seed ${seed} (${failure!.message})`);
}

/** As the activity is titled: an own training has no untouched model. */
const whatOf = (state: RunState): string =>
  isPlugin(state.config.DEFAULT_CONFIG)
    ? 'held-out scores of winner and default'
    : 'held-out scores of winner, default and untouched model';

/**
 * At one place where all models lie; else the cosines of each are taken where it lies, and compared by anybody: then no
 * model moves, and none is trained again for lying elsewhere.
 */
async function confirmWhereTheyLie(
  host: Host,
  trials: readonly ScoredTrial[],
  request: ConfirmRequest,
): ReturnType<Host['steps']['confirmHeldOut']> {
  const [place, ...others] = [...new Set(trials.map(placeOf))];
  if (others.length === 0) {
    try {
      return await host.interruptible(() => host.stepsAt(place!).confirmHeldOut(whatOf(host.state), request));
    } catch (error) {
      if (!forgetUnreached(host, error, place!) && lostIn(host, error).length === 0) throw error;
    }
  }
  const { models: _models, devNoise: _noise, ...asked } = request;
  const cosines: Record<string, string> = {};
  let seconds = 0;
  for (const trial of trials) {
    const what = `held-out cosines of trial ${trial.number}`;
    const taken = await nearModel(host, trial, (steps) =>
      host.interruptible(() => steps.heldOutCosines(what, { ...asked, trial: trial.id })),
    );
    cosines[trial.id] = taken.cosines;
    seconds += taken.seconds;
  }
  const confirmed = await host.interruptible(() =>
    host.steps.confirmHeldOut(whatOf(host.state), { ...request, cosines }),
  );
  return { ...confirmed, seconds: confirmed.seconds + seconds };
}

async function scoreHeldOut(host: Host, fresh: readonly Fresh[]): Promise<void> {
  const { state, steps } = host;
  const baseline = baselineOf(state);
  const best = incumbentOf(state)!;
  const compared = baseline && baseline.id !== best.id ? [{ arm: 'baseline' as const, trial: baseline }] : [];
  const models = [
    ...compared,
    { arm: compared.length > 0 || !baseline ? ('best' as const) : ('baseline' as const), trial: best },
    ...fresh.filter((one): one is { arm: Arm; trial: ScoredTrial } => isScored(one.trial)),
  ];
  const request: ConfirmRequest = {
    run: state.run,
    ...(host.release >= 5 ? { kind: kindOf(state.trainer!) } : {}),
    config: { ...state.config.DEFAULT_CONFIG, BASE_MODEL: untouchedRival(state) },
    hangSeconds: state.config.AGENT_SETTINGS.HANG_SECONDS,
    // Nothing of this run is trained beside it.
    threads: state.trainer!.threads,
    models: [
      ...(isPlugin(state.config.DEFAULT_CONFIG) ? [] : [{ arm: 'untouched' as const, seed: null, trial: null }]),
      ...models.map(({ arm, trial }) => ({ arm, seed: trial.seed, trial: trial.id })),
    ],
    devNoise: state.noise && { sd: state.noise.atDefault, repeats: state.noise.repeats },
  };
  const trials = models.map(({ trial }) => trial);
  const scored =
    host.release >= 5
      ? await confirmWhereTheyLie(host, trials, request)
      : await restoringModels(host, trials, () =>
          host.interruptible(() => steps.confirmHeldOut(whatOf(state), request)),
        );
  state.usage = { ...state.usage, trainSeconds: state.usage.trainSeconds + scored.seconds };
  const several = Object.keys(state.untouchedModels).length > 0;
  state.confirmation = {
    ...confirmationOf(request, scored)!,
    ...(several ? { untouchedModel: request.config.BASE_MODEL } : {}),
  };
}

function confirmationOf(
  { models }: ConfirmRequest,
  {
    split,
    pairs,
    scores,
    difference,
    overUntouched,
    verdict,
    seedSd,
  }: Awaited<ReturnType<Host['steps']['confirmHeldOut']>>,
): RunState['confirmation'] {
  const of = (arm: ConfirmRequest['models'][number]['arm']) =>
    models.flatMap((model, index) => (model.arm === arm ? [{ seed: model.seed, score: scores[index]! }] : []));
  const mean = (list: { score: number }[]) => list.reduce((sum, { score }) => sum + score, 0) / list.length;
  const [untouched, defaults, winners] = [of('untouched'), of('baseline'), of('best')];
  // The default may be the winner, or may have failed: then one arm stands for both.
  const baseline = defaults.length > 0 ? defaults : winners;
  const best = winners.length > 0 ? winners : defaults;
  const seeds = [...new Set([...baseline, ...best].map(({ seed }) => seed!))].sort((a, b) => a - b);
  const scoreOf = (list: typeof best, seed: number) => list.find((one) => one.seed === seed)?.score ?? null;
  return {
    split,
    pairs,
    difference,
    overUntouched,
    verdict,
    seedSd,
    baseline: mean(baseline),
    best: mean(best),
    ...(untouched.length > 0 ? { untouched: mean(untouched) } : {}),
    seeds: seeds.map((seed) => ({ seed, baseline: scoreOf(baseline, seed), best: scoreOf(best, seed) })),
  };
}
