/** What Temporal's Web UI shows of a run: current details and search attributes. */
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { currentDetails } from '../domain/currentDetails.ts';
import { viewForDecisions } from '../domain/decisionView.ts';
import type { RunState } from '../domain/runState.ts';
import { metricOf } from '../domain/metric.ts';
import { incumbentOf } from '../domain/runTrials.ts';
import { shownOrNull } from '../domain/shownScores.ts';
import { SEARCH_ATTRIBUTES } from './messages.ts';
import { rulesOfDecisions } from './release.ts';
import type { Release } from './release.ts';

/**
 * Returns a function that shows the state as it is then.
 *
 * @param searchAttributes - Whether the server knows ours.
 */
export function displayOf(state: RunState, release: Release, searchAttributes: boolean): () => void {
  let sent = '';
  return () => {
    setCurrentDetails(currentDetails(state, viewForDecisions(state, rulesOfDecisions(release))));
    if (!searchAttributes) return;
    const attributes = searchAttributesOf(state);
    const now = JSON.stringify(attributes);
    // Those that stand already are not sent again; before 0.3.0 they were.
    if (release >= 3 && now === sent) return;
    sent = now;
    upsertSearchAttributes(attributes);
  };
}

function searchAttributesOf(state: RunState): SearchAttributeUpdatePair[] {
  const best = incumbentOf(state);
  const tuning = state.phase === 'tuning' ? (state.queue[0] ?? null) : null;
  return [
    { key: SEARCH_ATTRIBUTES.status, value: statusWord(state) },
    { key: SEARCH_ATTRIBUTES.parameter, value: tuning },
    { key: SEARCH_ATTRIBUTES.round, value: tuning ? state.round : null },
    { key: SEARCH_ATTRIBUTES.bestScore, value: shownOrNull(metricOf(state), best?.result.score) },
    { key: SEARCH_ATTRIBUTES.model, value: state.config.DEFAULT_CONFIG.BASE_MODEL },
  ];
}

function statusWord(state: RunState): string {
  if (state.phase === 'ended') return state.status;
  if (state.inbox.paused) return 'paused';
  return state.inbox.gate ? 'waiting' : state.phase;
}
