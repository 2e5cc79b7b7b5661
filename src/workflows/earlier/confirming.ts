/**
 * Step 6 as releases before 0.4.0 told it, for executions that those began: held-out scores of default and winner, with
 * an interval over pairs alone.
 */
import type { Confirmation } from '../../domain/confirmation.ts';
import { baselineOf, incumbentOf } from '../../domain/runTrials.ts';
import { said } from '../../domain/said.ts';
import { tunableValues } from '../../domain/searchSpace.ts';
import type { ScoredTrial, Trial } from '../../domain/trials.ts';
import { isScored } from '../../domain/trials.ts';
import { forgetStop } from '../ending.ts';
import type { Host } from '../host.ts';
import { EndRun } from '../outcomes.ts';
import { restoringModels } from '../restoring.ts';
import { train } from '../training.ts';

/**
 * Default and winner on rows that nobody has seen, once. A confirmation that fails is noted: the run's result stands.
 */
export async function confirmOnHeldOut(host: Host): Promise<void> {
  const { state } = host;
  forgetStop(state);
  state.phase = 'confirming';
  host.show();
  const best = incumbentOf(state)!;
  if (!state.trainer!.inspection.data.splits.test) {
    state.notes.push(said`there is no held-out split, so the winner is not confirmed`);
    return;
  }
  try {
    const baseline = baselineOf(state) ?? best;
    const scores = await scoreHeldOut(host, baseline, best, 'held-out score of default and winner');
    state.confirmation = { ...scores, seeds: [] };
    for (let offset = 1; offset <= state.config.AGENT_SETTINGS.CONFIRM_SEEDS; offset += 1)
      await confirmWithSeed(host, best, state.config.DEFAULT_CONFIG.SEED + offset);
  } catch (error) {
    if (host.isCancellation(error)) throw error;
    const message = error instanceof EndRun ? error.message : host.describeError(error).message;
    state.notes.push(said`the held-out confirmation is incomplete: ${message}`);
  }
}

async function scoreHeldOut(
  host: Host,
  baseline: ScoredTrial,
  best: ScoredTrial,
  summary: string,
): Promise<Omit<Confirmation, 'seeds'>> {
  const { state, steps } = host;
  const same = baseline.id === best.id;
  const models = same
    ? [{ name: 'best', trial: best.id }]
    : [
        { name: 'baseline', trial: baseline.id },
        { name: 'best', trial: best.id },
      ];
  const {
    DEFAULT_CONFIG: config,
    AGENT_SETTINGS: { HANG_SECONDS: hangSeconds },
  } = state.config;
  const { split, pairs, scores, difference, seconds } = await restoringModels(host, [baseline, best], () =>
    host.interruptible(() => steps.evaluateHeldOut(summary, { run: state.run, config, models, hangSeconds })),
  );
  state.usage = { ...state.usage, trainSeconds: state.usage.trainSeconds + seconds };
  const bestScore = scores['best']!;
  return { split, pairs, baseline: scores['baseline'] ?? bestScore, best: bestScore, difference };
}

async function confirmWithSeed(host: Host, best: ScoredTrial, seed: number): Promise<void> {
  const { state } = host;
  const { DEFAULT_CONFIG, TUNABLE_KEYS } = state.config;
  const attempt = (values: Trial['values']) =>
    train(host, { purpose: 'confirmation', key: null, values, proposedBy: 'agent', reason: null, seed });
  const fresh = {
    baseline: await attempt(baselineOf(state)?.values ?? tunableValues(DEFAULT_CONFIG, TUNABLE_KEYS)),
    best: best.id === state.baseline ? null : await attempt(best.values),
  };
  const winner = fresh.best ?? fresh.baseline;
  const scores =
    isScored(fresh.baseline) && isScored(winner)
      ? await scoreHeldOut(host, fresh.baseline, winner, `held-out score with seed ${seed}`)
      : null;
  state.confirmation!.seeds.push({ seed, baseline: scores?.baseline ?? null, best: scores?.best ?? null });
}
