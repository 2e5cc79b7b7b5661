/**
 * A request that a workflow made under an earlier release, and that is executed now, has the state as that release knew it:
 * it gets every field that is known since. (Configurations and questions to advisers lack nothing that is read without a
 * default.)
 */
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { carriedOver } from '../domain/runState.ts';
import type { RunState } from '../domain/runState.ts';

export class EarlierReleases implements ActivityInboundCallsInterceptor {
  execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const [request, ...others] = input.args as [{ state?: RunState } | undefined, ...unknown[]];
    if (!request?.state) return next(input);
    return next({ ...input, args: [{ ...request, state: carriedOver(request.state) }, ...others] });
  }
}
