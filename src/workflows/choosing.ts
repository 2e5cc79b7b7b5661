/**
 * The end of the search: which configuration is its winner. The best mean score wins only if its gain over the default is
 * more than noise explains; the highest of several noisy scores is otherwise often luck.
 */
import { configurationOf, triedBy } from '../domain/configurations.ts';
import { formatsOf } from '../domain/formats.ts';
import type { RunState } from '../domain/runState.ts';
import { baselineOf, incumbentOf } from '../domain/runTrials.ts';
import { said } from '../domain/said.ts';
import { trialTitle } from '../domain/trialWords.ts';
import type { ScoredTrial, Values } from '../domain/trials.ts';
import { isScored, ofSearch } from '../domain/trials.ts';
import { studySearch } from './deciding.ts';
import type { Host } from './host.ts';
import { EndRun } from './outcomes.ts';

/**
 * Standard deviations of the difference by which a winner has to be ahead of the default: where held-out data will confirm
 * it with fresh seeds, and where the dev score has the last word. With 2, 0.6 % of winners were truly worse than the
 * default after 10 trainings on twelve tables, with 1 it were 3 % (docs/benchmarks.md).
 */
const AHEAD = { confirmed: 1, unconfirmed: 2 };

export async function chooseWinner(host: Host): Promise<void> {
  const { state } = host;
  if (state.trials.filter(isScored).length < 2) return;
  let study;
  try {
    study = await studySearch(host, null, 0);
  } catch (error) {
    // A person may end this too: then the incumbent stands.
    if (!(error instanceof EndRun)) throw error;
    state.notes.push(said`the winner is the best so far as it stands: ${error.message}`);
    return;
  }
  const winner = study && trialOf(state, study.winner.values);
  if (!study || !winner) return;
  const { PUBLISH, CONFIRM_SEEDS } = state.config.AGENT_SETTINGS;
  const baseline = baselineOf(state);
  const { gain, sd } = study.winner;
  const { formatDelta, formatSpread } = formatsOf(state);
  const confirms = state.trainer!.inspection.data.splits.test !== null && CONFIRM_SEEDS > 0;
  const ahead = confirms ? AHEAD.confirmed : AHEAD.unconfirmed;
  const convincing = gain > ahead * sd;
  const chosen = PUBLISH === 'best' || !baseline || convincing || winner.id === baseline.id ? winner : baseline;
  if (chosen === baseline && winner.id !== baseline.id)
    state.notes.push(
      said`trial ${winner.number} scored best, but noise explains its lead over the default: the search model expects ${formatDelta(gain)} ± ${formatSpread(sd)}, and more than ${ahead} standard deviations are asked for; so the default is the winner`,
    );
  const before = incumbentOf(state);
  if (chosen === winner && before && before.id !== winner.id)
    state.notes.push(
      said`trial ${winner.number} (${trialTitle(winner)}) is the winner: no configuration has a higher mean score, though its lead over trial ${before.number} was too small to replace it during the search`,
    );
  if (chosen.id !== before?.id) chosen.accepted = true;
  state.incumbent = chosen.id;
}

/** The trial with the run's seed that measured some values. */
function trialOf(state: RunState, values: Values): ScoredTrial | null {
  const wanted = configurationOf(state, values);
  const { SEED } = state.config.DEFAULT_CONFIG;
  const found = state.trials.find(
    (trial) => ofSearch(trial) && isScored(trial) && trial.seed === SEED && triedBy(state, trial).includes(wanted),
  );
  return found && isScored(found) ? found : null;
}
