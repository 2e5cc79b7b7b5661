/**
 * A disk that is full, read-only, broken or closed to us: the same at the next attempt, so it becomes a typed failure of
 * kind `disk` at once, wherever in an activity it happens, instead of fifty attempts.
 */
import { ApplicationFailure } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { said } from '../domain/said.ts';
import type { FailureKind } from '../domain/trials.ts';

const MEANING: Record<string, string> = {
  EACCES: said`this user may not write or read there`,
  EPERM: said`this user may not write or read there`,
  EROFS: said`the file system is read-only`,
  ENOSPC: said`the disk is full`,
  EDQUOT: said`this user's share of the disk is used up`,
  EFBIG: said`the file is larger than is allowed`,
  EIO: said`the disk reports an error`,
  ENOTDIR: said`something that is no folder is in the way`,
  EEXIST: said`something else is in the way`,
  EISDIR: said`a folder is in the way`,
};

/** Must be the outermost interceptor, so that the others' failures are typed as well. */
export class DiskFailures implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      throw diskFailure(error) ?? error;
    }
  }
}

/** The typed failure for an error of the file system; null for any other error. */
export function diskFailure(error: unknown): ApplicationFailure | null {
  const { code, syscall, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !Object.hasOwn(MEANING, code)) return null;
  // Processes and sockets know some of these codes too.
  if (/^(spawn|kill|connect|bind|listen)/.test(syscall ?? '')) return null;
  return ApplicationFailure.create({
    type: 'disk' satisfies FailureKind,
    message: `${MEANING[code]} (${message})`,
    nonRetryable: true,
    details: [{ errno: code }],
  });
}
