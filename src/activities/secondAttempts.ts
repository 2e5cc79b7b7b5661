/**
 * Notes every activity that had to be begun again, for the report: a worker died, a server was away, a reply failed; and
 * those that went on in spite of something.
 *
 * The file is appended to, a line each; a line that a crash cut off is left out by its reader.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { Context } from '@temporalio/activity';
import { runLayout } from '../training/layout.ts';
import type { RunLayout, SecondAttempt } from '../training/layout.ts';
import type { Consultation, PublishRequest, TrainRequest } from '../domain/contract.ts';

/** The requests that say which run they are for; the probe of the adviser does not. */
type Request = Partial<
  Pick<Consultation, 'run' | 'outputRoot' | 'callId'> & Pick<TrainRequest, 'config' | 'trial'> & PublishRequest
>;

export class SecondAttempts implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const { attempt, activityType } = Context.current().info;
    if (attempt > 1) await note(input.args[0] as Request | undefined, activityType, attempt);
    return next(input);
  }
}

async function note(request: Request | undefined, activity: string, attempt: number): Promise<void> {
  const run = request?.run ?? request?.state?.run;
  const outputRoot =
    request?.outputRoot ?? request?.config?.OUTPUT_DIR_ROOT ?? request?.state?.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT;
  if (run === undefined || outputRoot === undefined) return;
  const line: SecondAttempt = {
    at: new Date().toISOString(),
    activity,
    attempt,
    ...(request?.callId ? { what: request.callId } : request?.trial ? { what: request.trial } : {}),
  };
  await append(runLayout(outputRoot, run), line);
}

/** Notes what the activity in hand met, and went on in spite of. */
export async function noteInReport(layout: RunLayout, note: string): Promise<void> {
  const { activityType: activity, attempt } = Context.current().info;
  await append(layout, { at: new Date().toISOString(), activity, attempt, note });
}

async function append({ root, secondAttempts }: RunLayout, line: SecondAttempt): Promise<void> {
  await mkdir(root, { recursive: true });
  await appendFile(secondAttempts, `${JSON.stringify(line)}\n`);
}
