/** The messages of a run, and its names on the server. Clients and Web UI users rely on them. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { StopScope } from '../domain/decisionNames.ts';
import type { Decision } from '../domain/decisions.ts';
import type { RunProgress } from '../domain/progress.ts';
import type { RunState } from '../domain/runState.ts';

export const WORKFLOW_TYPE = 'tuningRun';
/** What a schedule starts. */
export const SCHEDULE_WORKFLOW_TYPE = 'scheduledTuning';

/** Goes on at the question that is open, or at the next one. */
export const continueSignal = defineSignal<[]>('continue');
/** Stops the rounds of this parameter (`round`: then asks), the parameter, the run, or the run at once; no argument = run. */
export const stopSignal = defineSignal<[{ scope?: StopScope }?]>('stop');
export const pauseSignal = defineSignal<[]>('pause');
export const resumeSignal = defineSignal<[]>('resume');
/** Tries this value next. */
export const overrideSignal = defineSignal<[{ key: string; value: string | number }]>('override');
/** Changes this key next. */
export const keySignal = defineSignal<[{ key: string }]>('key');
/** Trains the best so far once more, with another seed. */
export const repeatSignal = defineSignal<[]>('repeat');
/** All of these with an answer: refuses what is impossible now, with the reason. */
export const decideUpdate = defineUpdate<string, [Decision]>('decide');

export const progressQuery = defineQuery<RunProgress>('progress');
/** The whole state; called `trials` on the wire since 0.1.0. */
export const stateQuery = defineQuery<RunState>('trials');

export const SEARCH_ATTRIBUTES = {
  status: defineSearchAttributeKey('TuningStatus', 'KEYWORD'),
  parameter: defineSearchAttributeKey('TuningParameter', 'KEYWORD'),
  round: defineSearchAttributeKey('TuningRound', 'INT'),
  bestScore: defineSearchAttributeKey('TuningBestScore', 'DOUBLE'),
  model: defineSearchAttributeKey('TuningModel', 'KEYWORD'),
};
