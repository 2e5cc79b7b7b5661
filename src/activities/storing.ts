/**
 * What activities ask of a run's store, and how long they wait for it.
 *
 * - **Putting** waits a minute; what was finished is no hostage of a store that is away: it stays marked on this disk, and
 *   goes with whatever the run does here next.
 * - **Asking** before something is trained or paid for waits for nothing on the first attempt, when nobody can have done it
 *   elsewhere. A later attempt may repeat what another host has finished, so it waits until the store answers, in the
 *   activity and heartbeating: attempts are bounded, and a long night without a store must not use them up.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { STORE_UNAVAILABLE } from '../domain/failures.ts';
import { said } from '../domain/said.ts';
import { bucketOf } from '../domain/storePlace.ts';
import { checkStore, openStore } from '../store/openStore.ts';
import { withPatience } from '../store/patience.ts';
import { allDue, isSmall, markDue, putDue } from '../store/pending.ts';
import type { Due } from '../store/pending.ts';
import type { RunStore } from '../store/runStore.ts';
import { StoreTrouble } from '../store/store.ts';
import { whileHeartbeating } from './heartbeating.ts';
import { noteInReport } from './secondAttempts.ts';

/** How long putting waits for a store that is away. */
const PUT_MS = 60_000;
/** The same where a reply or a record is put: these activities have less time, so they put no models either. */
const PUT_SMALL_MS = 10_000;
const CHECK_MS = 10_000;
/** Attempts are few where waiting is bounded, so they are spread. */
const AGAIN_AFTER = '2 minutes';

/**
 * Puts something that was finished here, and everything else that is still to be put; never throws for the store's sake.
 *
 * @param small - Only what is small: the activity has little time.
 * @param last - The run ends here, so it is waited for whatever was before.
 * @returns Whether nothing is left to be put.
 */
export async function keepInStore(
  stored: RunStore | null,
  due: Due | null,
  { small = false, last = false }: { small?: boolean; last?: boolean } = {},
): Promise<boolean> {
  if (!stored) return true;
  const { log } = Context.current();
  // A store that was away when the last thing was put is tried, but not waited for again.
  const putMs = small ? PUT_SMALL_MS : PUT_MS;
  const waitMs = last || (await allDue(stored)).length === 0 ? putMs : 0;
  if (due) await markDue(stored, due);
  return tolerating(
    async () => {
      for (const each of (await allDue(stored)).filter(({ what }) => !small || isSmall(what)))
        await patiently(stored, waitMs, (signal) => putDue(stored, each, signal));
    },
    (message) => log.warn('the store is away; what is finished stays here and is put later', { message }),
  );
}

/**
 * Work on the store that may as well be left: a loser's model there costs room, and goes at the run's end.
 *
 * @param last - The run ends here, so the store is waited for.
 */
export async function ifStoreAnswers(
  stored: RunStore | null,
  work: (stored: RunStore) => Promise<void>,
  { last = false } = {},
): Promise<void> {
  if (!stored) return;
  const { log } = Context.current();
  const left = (message: string) => log.warn('the store could not be tidied', { message });
  await tolerating(() => patiently(stored, last ? PUT_MS : 0, () => work(stored)), left);
}

/**
 * What the store has of something that would else be done again; null without a store, or when a first attempt does not
 * reach it.
 *
 * @param needed - Waits on a first attempt as well.
 * @param alone - All earlier attempts were made here, so nobody else can have done it.
 * @param waitMs - Bounds the waiting, for activities that have little time.
 * @throws ApplicationFailure of type STORE_UNAVAILABLE when such a bound is over; retried.
 */
export async function askStore<T>(
  stored: RunStore | null,
  { needed = false, alone = false, waitMs = Infinity }: { needed?: boolean; alone?: boolean; waitMs?: number },
  ask: (stored: RunStore, signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  if (!stored) return null;
  const { info, log } = Context.current();
  const waits = needed || (info.attempt > 1 && !alone);
  try {
    return await patiently(stored, waits ? waitMs : 0, (signal) => ask(stored, signal));
  } catch (error) {
    if (!(error instanceof StoreTrouble)) throw error;
    if (waits) throw unavailable(error);
    log.warn('the store does not answer; the work begins without asking it', { message: error.message });
    return null;
  }
}

/**
 * At the start of a run: a store that cannot be used is a mistake to be told at once.
 *
 * @throws ApplicationFailure of type `bad_config`.
 */
export async function refuseBadStore(store: string | null | undefined): Promise<void> {
  if (!store) return;
  const { cancellationSignal: signal, log } = Context.current();
  const onTrouble = ({ message }: StoreTrouble) => log.warn(message);
  const check = async () => checkStore(openStore(store));
  try {
    await whileHeartbeating(() => withPatience({ ms: CHECK_MS, signal, onTrouble }, check));
  } catch (error) {
    if (!(error instanceof StoreTrouble)) throw error;
    const isSilent = error.kind === 'away' && bucketOf(store) !== null;
    const hint = isSilent ? said`: is the address right (AWS_ENDPOINT_URL_S3, AWS_REGION), does it run?` : '';
    throw ApplicationFailure.nonRetryable(`${error.message}${hint}`, 'bad_config');
  }
}

/** Heartbeats meanwhile, and ends with the activity. Trouble is told in the log, and once for each activity in the report. */
async function patiently<T>(
  { store, layout }: RunStore,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const { cancellationSignal: signal, cancelled, log } = context;
  let toNote: string | null = null;
  const onTrouble = ({ message }: StoreTrouble): void => {
    log.warn('the store does not answer', { store: store.name, message });
    toNote ??= said`went on in spite of the store: ${message}`;
  };
  try {
    return await whileHeartbeating(() => withPatience({ ms, signal, onTrouble }, work));
  } catch (error) {
    if (signal.aborted) await cancelled;
    throw error;
  } finally {
    if (toNote !== null && !noted.has(context)) {
      noted.add(context);
      await noteInReport(layout, toNote);
    }
  }
}

const noted = new WeakSet<Context>();

async function tolerating(work: () => Promise<void>, told: (message: string) => void): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof StoreTrouble)) throw error;
    told(error.message);
    return false;
  }
}

const unavailable = ({ message }: StoreTrouble): ApplicationFailure =>
  ApplicationFailure.create({ type: STORE_UNAVAILABLE, message, nextRetryDelay: AGAIN_AFTER });
