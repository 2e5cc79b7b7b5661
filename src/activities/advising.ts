/**
 * The adviser's activities.
 *
 * Run twice, they promise: a reply that was stored is answered from the journal; nothing is paid for twice.
 */
import { Context } from '@temporalio/activity';
import type { Adviser, Question } from '../advisers/adviser.ts';
import { chooseAdviser } from '../advisers/choose.ts';
import { answerOnce } from '../advisers/journal.ts';
import type { AdviserFacts } from '../domain/runState.ts';
import { runLayout } from '../training/layout.ts';
import type { Advice, AdviserActivities, AdviserSettings, Consultation } from './contract.ts';
import { whileHeartbeating } from './heartbeating.ts';

export type Advisers = Record<AdviserFacts['kind'], Adviser>;

export function adviserActivities(advisers: Advisers): Omit<AdviserActivities, 'writeReport' | 'keepRecord'> {
  const consult = <Reply>(
    consultation: Consultation,
    put: (adviser: Adviser, question: Question) => Promise<Advice<Reply>>,
  ): Promise<Advice<Reply>> =>
    whileHeartbeating(() => {
      const { context, settings, repair } = consultation;
      return answerOnce({
        folder: runLayout(consultation.outputRoot, consultation.run).adviser,
        consultation,
        ask: () =>
          put(advisers[consultation.adviser], {
            context,
            settings,
            repair,
            signal: Context.current().cancellationSignal,
          }),
      });
    });
  return {
    probeAdviser: ({ settings }: { settings: AdviserSettings }) =>
      advisers[chooseAdviser(settings)].probe(settings, Context.current().cancellationSignal),
    advisePlan: (consultation) => consult(consultation, (adviser, question) => adviser.plan(question)),
    adviseValue: (consultation) => consult(consultation, (adviser, question) => adviser.suggest(question)),
    adviseSummary: (consultation) => consult(consultation, (adviser, question) => adviser.summarise(question)),
  };
}
