/** Steps 6 to 8: held-out confirmation, publishing, the adviser's summary, the report, and the record of the run. */
import { baselineOf, incumbentOf } from '../domain/runState.ts';
import type { Confirmation, RunState } from '../domain/runState.ts';
import type { SummaryReply } from '../domain/suggestions.ts';
import type { ScoredTrial, Trial } from '../domain/trials.ts';
import { isScored } from '../domain/trials.ts';
import { tunableValues } from '../domain/searchSpace.ts';
import { consult } from './consulting.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';
import { restoringModels } from './restoring.ts';
import { train } from './training.ts';

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
    state.notes.push('there is no held-out split, so the winner is not confirmed');
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
    state.notes.push(`the held-out confirmation is incomplete: ${message}`);
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

/** A stop has done its work: what comes next is what it asked for. */
function forgetStop(state: RunState): void {
  state.inbox = { ...state.inbox, stop: null };
}

/** The best model, where people look for it. */
export async function publishBest(host: Host): Promise<void> {
  const { state, steps } = host;
  forgetStop(state);
  state.phase = 'publishing';
  host.show();
  const { path } = await restoringModels(host, [incumbentOf(state)!], () =>
    steps.publishModel('best_overall_model/', { state }),
  );
  state.bestModel = path;
}

export async function summarise(host: Host): Promise<void> {
  const { state, steps } = host;
  state.phase = 'summarising';
  host.show();
  const consulted = await consult<SummaryReply, SummaryReply['summary']>(host, {
    name: 'summary',
    key: null,
    optional: true,
    ask: steps.adviseSummary,
    check: ({ summary }) => ({ answer: summary }),
  });
  if (consulted) state.summary = { text: consulted.answer, model: consulted.model };
}

export async function writeReport(host: Host): Promise<void> {
  const { state, steps } = host;
  state.phase = 'reporting';
  host.show();
  if (!state.config.AGENT_SETTINGS.GENERATE_REPORT) return;
  const { path } = await steps.writeReport('Markdown, HTML and charts', { state, workflowId: host.workflowId });
  state.report = path;
}

/**
 * What a run that cannot go on leaves: its best model, published without a held-out score, and no checkpoint. Whatever
 * fails here is noted, since the run has its reason to end already.
 */
export async function salvage(host: Host): Promise<void> {
  const { state, steps } = host;
  if (host.release < 3) return;
  try {
    const { path } = await steps.salvageRun('the best model so far; checkpoints are removed', { state });
    state.bestModel = path ?? state.bestModel;
    if (incumbentOf(state) && !path)
      state.notes.push('the best model is not on the machine that trains: not published');
  } catch (error) {
    if (host.isCancellation(error)) throw error;
    const best = incumbentOf(state);
    const where = best ? `; its weights are in the run's trials/${best.id}/model` : '';
    state.notes.push(
      `the run could not be tidied up and its best model published: ${host.describeError(error).message}${where}`,
    );
  }
}

/** The whole state beside the models, read when the server has forgotten the run. */
export async function keepRecord(host: Host): Promise<void> {
  if (host.release < 3) return;
  const { state, steps } = host;
  try {
    await steps.keepRecord('the run, beside its models', { state, workflowId: host.workflowId });
  } catch (error) {
    if (host.isCancellation(error)) throw error;
    state.notes.push(`the run's record could not be written: ${host.describeError(error).message}`);
  }
}
