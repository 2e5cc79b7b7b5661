/** Decisions of the dashboard's people: sent by the update that the commands send, judged by the run. */
import type { Context } from 'hono';
import { z } from 'zod';
import { decisionSchema } from '../domain/decisions.ts';
import { Refused, decideOn } from '../runs/deciding.ts';
import { UserError } from '../runs/userError.ts';
import { Unusable, bodyOf } from './body.ts';
import { TELLS_WITHIN_MS } from './reach.ts';
import { NoSuchRun } from './runs.ts';
import type { Runs } from './runs.ts';

/** Who decides, as the run's record and report tell it. */
const BY = 'dashboard';

const givenSchema = z.strictObject(decisionSchema.omit({ id: true, by: true }).shape);
export type GivenDecision = z.infer<typeof givenSchema>;

/** 200: what the run says; 400: no decision; 404: no such run; 409: refused, with the run's reason; 503: nobody answers. */
export async function decide(context: Context, runs: Runs, run: string): Promise<Response> {
  try {
    const { key, value, gate, decision } = await bodyOf(context, givenSchema);
    const { known, sources } = await runs.known(run);
    if (known.info && !sources.server) throw sources.problem!;
    const details = { ...(key && { key }), ...(value !== undefined && { value }), ...(gate && { gate }) };
    const send = () => decideOn(known, sources, { decision, ...details }, BY);
    const connection = sources.server?.client.connection;
    const { message, ofKey } = await (connection
      ? connection.withDeadline(Date.now() + TELLS_WITHIN_MS, send)
      : send());
    return context.json({ message: ofKey === null ? message : `${message}. ${ofKey}` });
  } catch (error) {
    if (error instanceof Unusable) return context.json({ error: error.message }, 400);
    if (error instanceof NoSuchRun) return context.json({ error: error.message }, 404);
    if (error instanceof Refused) return context.json({ error: error.why }, 409);
    if (error instanceof UserError) return context.json({ error: error.message }, 503);
    throw error;
  }
}
