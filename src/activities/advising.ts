/**
 * The adviser's activities.
 *
 * Run twice, they promise: a reply that was stored is answered from the journal; nothing is paid for twice.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Account } from '../advisers/account.ts';
import type { Adviser, Asking, LanguageModel, Question } from '../advisers/adviser.ts';
import { KEY_GONE, chooseAdviser } from '../advisers/choose.ts';
import { answerOnce } from '../advisers/journal.ts';
import type { Journalled } from '../advisers/journal.ts';
import { ADVISER_FAILURES } from '../advisers/openai/errors.ts';
import type { AdviserAccess, AdviserFacts } from '../domain/adviserFacts.ts';
import { runStoreOf, takeFile } from '../store/runStore.ts';
import { runLayout } from '../training/layout.ts';
import type { Advice, AdviserActivities, Call, Consultation, ProbedAdviser } from '../domain/contract.ts';
import { said } from '../domain/said.ts';
import { whileHeartbeating } from './heartbeating.ts';
import { askStore, keepInStore, refuseBadStore } from './storing.ts';

export interface Advisers extends Record<AdviserFacts['kind'], Adviser> {
  openai: LanguageModel;
}

/** The key of a run, or null when it has none; null access means the worker's own environment. */
export type ReadKey = (access: AdviserAccess | null) => Promise<string | null>;

/** A time-out may have been paid for, and takes as long as GPT_TIMEOUT allows. */
const TIMED_OUT_AT_MOST = 2;

export function adviserActivities(
  advisers: Advisers,
  readKey: ReadKey,
): Pick<AdviserActivities, 'probeAdviser' | 'advisePlan' | 'adviseValue' | 'adviseNext' | 'adviseSummary'> {
  const asking = async ({ settings, access }: Call, account: Account, kind: AdviserFacts['kind']): Promise<Asking> => ({
    settings,
    account,
    apiKey: kind === 'local' ? null : await keyOrFailure(access),
    ownKey: access !== null,
    signal: Context.current().cancellationSignal,
  });
  const keyOrFailure = async (access: AdviserAccess | null): Promise<string> => {
    const key = await readKey(access);
    if (key) return key;
    throw ApplicationFailure.nonRetryable(
      said`the run's key for the adviser is gone from this machine: start a new run, or set ADVISER to local`,
      ADVISER_FAILURES.auth,
    );
  };
  const journalled = <Reply>(call: Call & Partial<Consultation>, ask: (account: Account) => Promise<Advice<Reply>>) =>
    answerOnce({
      folder: runLayout(call.outputRoot, call.run).adviser,
      consultation: call,
      ask,
      ...sharedJournal(call),
    }).catch(lastTimeOut);
  const consult = <Reply>(
    consultation: Consultation,
    put: (adviser: Adviser, question: Question) => Promise<Advice<Reply>>,
  ): Promise<Advice<Reply>> =>
    whileHeartbeating(() =>
      journalled(consultation, async (account) =>
        put(advisers[consultation.adviser], {
          ...(await asking(consultation, account, consultation.adviser)),
          context: consultation.context,
          repair: consultation.repair,
        }),
      ),
    );
  const probe = async (call: Call): Promise<ProbedAdviser> => {
    // From here replies are put into it, and this may be another machine than the one that trains.
    await refuseBadStore(call.store);
    const keyIsGone = call.access?.origin === 'gone';
    const kind = chooseAdviser(call.settings, await readKey(call.access), keyIsGone);
    const facts = advisers[kind].facts(call.settings);
    if (kind === 'local') return keyIsGone ? { ...facts, note: KEY_GONE } : facts;
    const advice = await journalled(call, async (account) => advisers[kind].check(await asking(call, account, kind)));
    if (advice.value !== null) return { ...facts, usage: advice.usage };
    throw ApplicationFailure.create({
      type: ADVISER_FAILURES.unusable,
      message: said`${facts.note} answers, but not in the form that is needed: ${advice.problem}`.slice(0, 500),
      nonRetryable: true,
      details: [{ usage: advice.usage }],
    });
  };
  return {
    probeAdviser: (call) => whileHeartbeating(() => probe(call)),
    advisePlan: (consultation) => consult(consultation, (adviser, question) => adviser.plan(question)),
    adviseValue: (consultation) => consult(consultation, (adviser, question) => adviser.suggest(question)),
    // The search model has had its word before: only a language model is asked.
    adviseNext: (consultation) => consult(consultation, (_, question) => advisers.openai.next(question)),
    adviseSummary: (consultation) => consult(consultation, (adviser, question) => adviser.summarise(question)),
  };
}

/** The journal over hosts: what one has paid for is in the store before it is used, and another looks there before it pays. */
function sharedJournal({ run, outputRoot, store = null, callId }: Call): Pick<Journalled<unknown>, 'recall' | 'share'> {
  const stored = runStoreOf({ OUTPUT_DIR_ROOT: outputRoot, STORE: store }, run);
  if (!stored) return {};
  const { attempt, startToCloseTimeoutMs } = Context.current().info;
  return {
    recall: async (file, here) => {
      // Half of its time is left for the question.
      const terms = { alone: here >= attempt - 1, waitMs: startToCloseTimeoutMs / 2 };
      await askStore(stored, terms, (from, signal) => takeFile(from, file, signal));
    },
    share: async () => {
      await keepInStore(stored, { what: 'call', name: callId }, { small: true });
    },
  };
}

/** Rethrows; a second time-out of one question is the last. */
function lastTimeOut(error: unknown): never {
  const final =
    error instanceof ApplicationFailure &&
    error.type === ADVISER_FAILURES.timeout &&
    Context.current().info.attempt >= TIMED_OUT_AT_MOST;
  if (!final) throw error;
  throw ApplicationFailure.create({
    type: ADVISER_FAILURES.timeout,
    message: error.message,
    nonRetryable: true,
    details: error.details ?? [],
  });
}
