/** Step 1. Everything that can be wrong is found here, before anything is trained. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { AdviserFacts } from '../domain/adviserFacts.ts';
import { otherMachine, refuseOtherData, resumesAt } from '../domain/forkedState.ts';
import { isPlugin } from '../domain/metric.ts';
import { baseModelsOf } from '../domain/baseModels.ts';
import type { RunState } from '../domain/runState.ts';
import { kindOf } from '../domain/runKind.ts';
import { said } from '../domain/said.ts';
import { checkedAtStart } from '../domain/searchSpace.ts';
import type { TrainerFacts } from '../domain/trainerFacts.ts';
import { visibleText } from '../domain/visible.ts';
import { addCall } from '../domain/usage.ts';
import { noteOutcome, onAdviserFailure } from './adviserTrouble.ts';
import { callOf, mostOf, takeFailure, takeInterruption } from './consulting.ts';
import { keepFirstEstimate, timeTraining } from './estimating.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';

export async function prepare(host: Host): Promise<void> {
  const { state } = host;
  host.show();
  const before = state.trainer;
  // Data that cannot be used cost no question.
  if (host.release >= 3) {
    state.trainer = await probeTrainer(host);
    if (state.forkedFrom && before) compareWithBefore(state, before, state.trainer);
    state.adviser = await meetAdviser(host);
  } else [state.trainer, state.adviser] = await Promise.all([probeTrainer(host), probeAdviser(host, 'probe')]);
  state.notes.push(...state.trainer.inspection.data.warnings);
  // An own training has no model before it trains one.
  if (host.release >= 4 && !isPlugin(state.config.DEFAULT_CONFIG)) await scoreUntouchedModels(host);
  if (host.release >= 6) await lookAhead(host);
  state.phase = state.forkedFrom ? resumesAt(state) : 'baseline';
}

/** What the run can show, and what it will take: said before anything is trained. */
async function lookAhead(host: Host): Promise<void> {
  const visible = visibleText(host.state);
  if (visible?.hopeless) host.state.notes.push(visible.text.en);
  await timeTraining(host);
  keepFirstEstimate(host);
}

/** A run that took over another one's trials goes on with the very data and weights that they were measured with. */
function compareWithBefore(state: RunState, before: TrainerFacts, now: TrainerFacts): void {
  const { run } = state.forkedFrom!;
  const problem = refuseOtherData(before, now, { plugin: isPlugin(state.config.DEFAULT_CONFIG) });
  if (problem) throw ApplicationFailure.nonRetryable(said`${problem} as those of ${run}`, 'data');
  const moved = otherMachine(before, now);
  if (moved) state.notes.push(said`the trials of ${run} were measured with other ${moved}`);
}

async function probeTrainer(host: Host): Promise<TrainerFacts> {
  const { state, steps } = host;
  const { DEFAULT_CONFIG: config, AGENT_SETTINGS: settings } = state.config;
  const began = host.now();
  const tunable = checkedAtStart(state.config.TUNABLE_KEYS);
  const request = {
    run: state.run,
    config,
    hangSeconds: settings.HANG_SECONDS,
    ...(Object.keys(tunable).length > 0 ? { tunable } : {}),
  };
  const ask = () => steps.probeTrainer('device, versions, data and model', request);
  if (host.release < 3) return ask();
  try {
    return await host.interruptible(ask);
  } finally {
    // It takes a moment once a worker is free, and waiting for that is not the run's time.
    state.waitedMs += host.now() - began;
  }
}

/** The model as it came; where BASE_MODEL is tuned, each of them, so that nobody takes a better base for a better training. */
async function scoreUntouchedModels(host: Host): Promise<void> {
  const { state } = host;
  const [own, ...others] = baseModelsOf(state.config);
  if (others.length === 0) {
    state.untouched ??= (await scoreUntouched(host, own!)).score;
    return;
  }
  for (const model of [own!, ...others]) state.untouchedModels[model] ??= await scoreUntouched(host, model);
  state.untouched = state.untouchedModels[own!]!.score;
}

/** What a model is worth as it came: a fine-tuning may make it worse. */
async function scoreUntouched(host: Host, model: string): Promise<{ score: number; seconds: number }> {
  const { state, steps } = host;
  const { DEFAULT_CONFIG, AGENT_SETTINGS: settings } = state.config;
  const config = { ...DEFAULT_CONFIG, BASE_MODEL: model };
  const request = { run: state.run, config, hangSeconds: settings.HANG_SECONDS };
  const began = host.now();
  const { score, seconds } = await host.interruptible(() =>
    steps.scoreUntouched(
      model === DEFAULT_CONFIG.BASE_MODEL ? 'dev score of the untouched model' : `dev score of ${model}, untouched`,
      {
        ...request,
        ...(host.release >= 5 ? { kind: kindOf(state.trainer!) } : {}),
      },
    ),
  );
  state.usage = { ...state.usage, trainSeconds: state.usage.trainSeconds + seconds };
  state.waitedMs += Math.max(0, host.now() - began - seconds * 1000);
  return { score, seconds };
}

/** One tiny question, counted as every other one. */
async function probeAdviser(host: Host, callId: string): Promise<AdviserFacts> {
  const { state, steps } = host;
  const ask = () => steps.probeAdviser('does the adviser answer?', callOf(state, callId));
  const { usage, ...facts } = await (host.release >= 3 ? host.interruptible(ask) : ask());
  if (usage) state.usage = addCall(state.usage, usage, state.config.AGENT_SETTINGS);
  return facts;
}

/**
 * Makes sure that the adviser answers.
 *
 * @throws ApplicationFailure with the reason when ADVISER is openai, or ON_ADVISER_FAILURE is end, and it does not.
 */
async function meetAdviser(host: Host): Promise<AdviserFacts> {
  const { state } = host;
  const { ADVISER, GPT_MODEL: model } = state.config.AGENT_SETTINGS;
  for (let again = 0; ; again += 1) {
    const callId = again === 0 ? 'probe' : `probe-again-${again}`;
    try {
      return await probeAdviser(host, callId);
    } catch (error) {
      if (host.isCancellation(error)) throw error;
      if (error instanceof EndRun) throw takeInterruption(host, callId, error, '');
      const described = host.describeError(error);
      takeFailure(host, callId, described, mostOf(state, ''));
      // Without a key nothing can be mended during the run.
      if (ADVISER === 'openai' || described.type === 'bad_config')
        throw refusal(described, said`ADVISER is ${ADVISER}`);
      const why = said`the language model ${model} did not answer: ${described.message}`;
      if (described.type !== 'adviser_budget') {
        noteOutcome(host, callId, 'unanswered');
        if ((await orRefuse(host, callId, described)) === 'ask-again') continue;
        state.notes.push(`${callId}: ${why}`);
      }
      const meanwhile = state.adviserClosed ? '' : said` until it does`;
      return { kind: 'openai', model, note: said`${why}; the search model advises${meanwhile}` };
    }
  }
}

async function orRefuse(
  host: Host,
  step: string,
  described: ReturnType<Host['describeError']>,
): Promise<'ask-again' | 'fallback'> {
  try {
    return await onAdviserFailure(host, step, described.message);
  } catch (error) {
    const { ON_ADVISER_FAILURE } = host.state.config.AGENT_SETTINGS;
    if (!(error instanceof EndRun) || error.byPerson || ON_ADVISER_FAILURE !== 'end') throw error;
    throw refusal(described, said`ON_ADVISER_FAILURE is end`);
  }
}

function refusal({ type, message }: ReturnType<Host['describeError']>, why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    said`${message} (${why}, so nothing was trained)`,
    type ?? 'adviser_unavailable',
  );
}
