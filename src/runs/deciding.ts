/** Deciding on a run that is known by name, for whoever asks: the command, the dashboard, the library, an assistant. */
import { adviserOnDisk } from '../local/adviserKeys.ts';
import { adviserEnvironment } from '../processes/adviserEnvironment.ts';
import type { tuningRun } from '../workflows/tuningRun.ts';
import { giveKeyOfHere } from './giveKey.ts';
import { serverFor } from './knownRuns.ts';
import type { KnownRun, Sources } from './knownRuns.ts';
import { refusal, sendDecision } from './sending.ts';
import type { GivenDecision } from './sending.ts';
import { UserError } from './userError.ts';

/** The run refuses a decision; `why` is its reason. */
export class Refused extends UserError {
  readonly why: string;

  constructor(why: string) {
    super(`refused: ${why}`);
    this.name = 'Refused';
    this.why = why;
  }
}

/**
 * Sends a decision. Who resumes a run gives it the adviser's key of here, if there is one and the run's own is another.
 *
 * @param by - Who decides, as the run's record and report tell it.
 * @returns What the run says, and what there is to tell of its key.
 * @throws Refused with the run's reason; UserError when the run has ended, or there is no server.
 */
export async function decideOn(
  known: KnownRun,
  sources: Sources,
  decision: GivenDecision,
  by?: string,
): Promise<{ message: string; ofKey: string | null }> {
  const { client } = serverFor(known, sources);
  const ofKey = decision.decision === 'resume' ? await giveKeyOfHere(known, sources, adviserOfHere()) : null;
  try {
    return {
      message: await sendDecision(client.workflow.getHandle<typeof tuningRun>(known.workflowId), decision, by),
      ofKey,
    };
  } catch (error) {
    const why = refusal(error);
    if (why !== null) throw new Refused(why);
    throw error;
  }
}

/** This process's own, else that of `.env` as it is now: the local stack's processes have none. */
function adviserOfHere(): ReturnType<typeof adviserEnvironment> {
  const own = adviserEnvironment();
  return own.apiKey === null ? adviserOnDisk() : own;
}
