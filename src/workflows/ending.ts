/** Steps 7 and 8: publishing, the adviser's summary, the report, and the record of the run. */
import { publishedTrial } from '../domain/published.ts';
import { incumbentOf } from '../domain/runState.ts';
import type { RunState } from '../domain/runState.ts';
import type { SummaryReply } from '../domain/suggestions.ts';
import { consult } from './consulting.ts';
import type { Host } from './host.ts';
import { restoringModels } from './restoring.ts';

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
  const { path } = await restoringModels(host, published ? [published] : [], () =>
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
