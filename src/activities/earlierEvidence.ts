/**
 * The `earlierEvidence` activity: what earlier runs say, from the records under OUTPUT_DIR_ROOT.
 *
 * Run twice, it reads again; another run may have ended meanwhile, and the run keeps the answer that came. Where this
 * machine has no records, or they cannot be read, there is no evidence, and the run goes on without.
 */
import { Context } from '@temporalio/activity';
import type { RunState } from '../domain/runState.ts';
import { hintsFrom } from '../history/evidence.ts';
import { seedsFrom } from '../history/seeds.ts';
import type { EarlierEvidence } from '../domain/contract.ts';
import { runsOfModel } from '../history/trialIndex.ts';
import { readRunRecord } from '../training/runRecord.ts';
import { whileHeartbeating } from './heartbeating.ts';

export function earlierEvidence({ state }: { state: RunState }): Promise<EarlierEvidence> {
  return whileHeartbeating(async () => {
    const model = state.trainer?.inspection.model.fingerprint;
    if (!state.config.AGENT_SETTINGS.REUSE_TRIALS || !model) return NOTHING;
    const { log } = Context.current();
    try {
      const runs = await earlierRuns(state, model, (message) => log.warn(message));
      return { hints: hintsFrom(state, runs), seeds: seedsFrom(state, runs) };
    } catch (error) {
      log.warn('earlier runs cannot be read', { message: (error as Error).message });
      return NOTHING;
    }
  });
}

const NOTHING: EarlierEvidence = { hints: [], seeds: [] };

async function earlierRuns(state: RunState, model: string, warn: (message: string) => void): Promise<RunState[]> {
  const root = state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT;
  const runs = await runsOfModel(root, state.run, model, warn);
  const records = await Promise.all(runs.map((run) => readRunRecord(root, run)));
  return records.flatMap((record) => (record ? [record.state] : []));
}
