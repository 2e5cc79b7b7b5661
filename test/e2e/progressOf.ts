/** How a run stands, asked of its worker directly: a command takes a second of a processor each time. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection, QueryNotRegisteredError, ServiceError } from '@temporalio/client';
import type { RunProgress } from '../../src/domain/progress.ts';
import type { StackFile } from '../../src/local/stackFile.ts';
import { progressQuery } from '../../src/workflows/messages.ts';

export const stackIn = (state: string): StackFile =>
  JSON.parse(readFileSync(path.join(state, 'stack.json'), 'utf8')) as StackFile;

/** Null while no worker has taken the run yet. */
export async function progressOf(state: string, run: string): Promise<RunProgress | null> {
  const connection = await Connection.connect({ address: stackIn(state).address });
  try {
    return await new Client({ connection }).workflow.getHandle(`tuning-${run}`).query(progressQuery);
  } catch (error) {
    if (error instanceof QueryNotRegisteredError || error instanceof ServiceError) return null;
    throw error;
  } finally {
    await connection.close();
  }
}
