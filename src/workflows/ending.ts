/** Steps 7 and 8: publishing, the adviser's summary, the report, and the record of the run. */
import { putAway, whatToPutAway } from '../domain/archive.ts';
import { publishedTrial } from '../domain/published.ts';
import type { RunState } from '../domain/runState.ts';
import { incumbentOf } from '../domain/runTrials.ts';
import { said } from '../domain/said.ts';
import type { SummaryReply } from '../domain/suggestions.ts';
import { consult } from './consulting.ts';
import { secondsSoFar } from './gates.ts';
import type { Host, Steps } from './host.ts';
import { atPlaceOrAnywhere, nearModel, restoringModels } from './restoring.ts';

/** A stop has done its work: what comes next is what it asked for. */
export function forgetStop(state: RunState): void {
  state.inbox = { ...state.inbox, stop: null };
}

/** The best model, where people look for it. */
export async function publishBest(host: Host): Promise<void> {
  const { state, steps } = host;
  forgetStop(state);
  state.phase = 'publishing';
  host.show();
  const published = publishedTrial(state);
  const publish = (at: Steps) => at.publishModel('best_overall_model/', { state });
  if (host.release < 5) {
    state.bestModel = (await restoringModels(host, published ? [published] : [], () => publish(steps))).path;
    return;
  }
  // The untouched model is wherever the run was checked, or can be found by anybody.
  const { path } = published
    ? await nearModel(host, published, publish)
    : await atPlaceOrAnywhere(host, state.trainer!.at ?? null, publish);
  state.bestModel = path;
  await tidyOthers(host, published?.result.at ?? state.trainer!.at ?? null);
}

/** Other places keep nothing of the run but small files. Nothing depends on it, so one that does not answer is left. */
async function tidyOthers(host: Host, published: string | null): Promise<void> {
  const { state } = host;
  const places = new Set([...state.archived.places, ...state.trials.flatMap(({ result }) => result?.at ?? [])]);
  if (published !== null) places.delete(published);
  await Promise.all(
    [...places].map(async (place) => {
      try {
        await host.stepsAt(place).tidyPlace(`what ${place} needs no more`, { state });
      } catch (error) {
        if (host.isCancellation(error)) throw error;
        state.notes.push(said`${place} was not tidied up: ${host.describeError(error).message}`);
      }
    }),
  );
  if (places.size > 0 && published !== null) state.notes.push(said`the published model lies at ${published}`);
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
  state.tookSeconds = secondsSoFar(host);
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
    const leave = (at: Steps) => at.salvageRun('the best model so far; checkpoints are removed', { state });
    const { path } = await (host.release >= 5
      ? atPlaceOrAnywhere(host, publishedTrial(state)?.result.at ?? null, leave)
      : leave(steps));
    state.bestModel = path ?? state.bestModel;
    if (incumbentOf(state) && !path)
      state.notes.push(said`the best model is not on the machine that trains: not published`);
  } catch (error) {
    if (host.isCancellation(error)) throw error;
    const best = incumbentOf(state);
    const where = best ? said`; its weights are in the run's trials/${best.id}/model` : '';
    state.notes.push(
      said`the run could not be tidied up and its best model published: ${host.describeError(error).message}${where}`,
    );
  }
}

/**
 * The whole state beside the models, read when the server has forgotten the run. A run that goes on leaves there what
 * it needs least, and carries no more than that from then on.
 */
export async function keepRecord(host: Host): Promise<void> {
  if (host.release < 3) return;
  const { state, steps } = host;
  const away = host.release >= 5 && state.phase !== 'ended' ? whatToPutAway(state) : null;
  try {
    await steps.keepRecord('the run, beside its models', {
      state,
      workflowId: host.workflowId,
      ...(away === null ? {} : { away }),
    });
    if (away) putAway(state, away);
  } catch (error) {
    if (host.isCancellation(error)) throw error;
    state.notes.push(said`the run's record could not be written: ${host.describeError(error).message}`);
  }
}
