/**
 * Which trainings come next: the search model's choice, and the language model's word on it where there is one.
 *
 * The language model chooses among the search model's candidates, adds values of its own, or redirects to another key, as
 * far as its record in this run goes (`influence.ts`). With ADVISER: openai its word is the last.
 */
import { wasMeasured } from '../domain/configurations.ts';
import { formatValue, formatsOf } from '../domain/formats.ts';
import { scoreInterval } from '../domain/metric.ts';
import { candidatesFor, influenceOf } from '../domain/influence.ts';
import { MOST_PROPOSALS, asProposed, checkProposals, sameValues } from '../domain/proposals.ts';
import type { CheckedProposals, NextTraining, ProposalQuestion, ProposalReply } from '../domain/proposals.ts';
import type { RunState } from '../domain/runState.ts';
import { incumbentOf, unitOfScores } from '../domain/runTrials.ts';
import { said } from '../domain/said.ts';
import { explain } from '../domain/searchWords.ts';
import type { Candidate, Study } from '../domain/study.ts';
import type { Reason } from '../domain/trials.ts';
import { consultModel } from './consulting.ts';
import type { Host } from './host.ts';

/** `repeat`: the best so far again, with another seed. */
export type Proposal = { train: NextTraining[] } | { repeat: Reason } | { stop: Reason };

/** Names of questions, with what is added for repairs, stay within a file's name. */
const LONGEST_STEP = 40;

interface ProposeQuestion {
  /** Names the question within the run, for the journal. */
  step: string;
  /** Keys that may be changed; null: any. */
  keys: string[] | null;
  /** Trainings wanted at once. */
  count: number;
}

/** @throws EndRun when ON_ADVISER_FAILURE, or a person it waits for, ends the run. */
export async function propose(host: Host, study: Study, { step, keys, count }: ProposeQuestion): Promise<Proposal> {
  const { state, steps } = host;
  const formats = formatsOf(state);
  const planned = study.next.slice(0, count);
  const bySearch = planned.map((candidate) => asProposed(candidate, study, (one, of) => explain(one, of, formats)));
  // What people and earlier runs believe in is trained; the language model decides about the rest.
  const hinted = bySearch.filter(({ origin }) => origin === 'hint');
  const open = Math.min(count - hinted.length, MOST_PROPOSALS);
  const alone = state.config.AGENT_SETTINGS.ADVISER === 'openai';
  const influence = influenceOf(state.trials, unitOfScores(state));
  const worthAsking = alone || influence.worthAsking;
  if (state.adviser?.kind !== 'openai' || planned.length === 0 || open < 1 || !worthAsking) return { train: bySearch };
  const visible = withoutHints(study);
  const { shown, free } = candidatesFor(visible, alone || influence.noChoice === 0 ? undefined : 0);
  const question = questionFor(state, study, { keys, count: open, shown, free, alone });
  if (question.candidates === 0 && question.keys.length === 0) return { train: bySearch };
  const consulted = await consultModel<ProposalReply, Exclude<CheckedProposals, { verdict: 'refused' }>>(host, {
    // Two keys may come to their question after the same training.
    name: keys === null ? step : [step, ...keys].join('-').slice(0, LONGEST_STEP),
    key: null,
    ask: steps.adviseNext,
    asked: { study: visible, question },
    check: (reply) => {
      // It speaks of the metric as it is.
      const prediction = scoreInterval(formats.metric, reply.prediction);
      const checked = checkProposals(
        { ...reply, prediction },
        {
          question,
          scale: formats.metric.scale,
          spaces: state.config.TUNABLE_KEYS,
          study,
          shown,
          tried: (values) => wasMeasured(state, values),
        },
      );
      return checked.verdict === 'refused'
        ? { refused: checked.why, proposal: proposalText(reply, state) }
        : { answer: checked };
    },
  });
  if (!consulted) return { train: bySearch };
  const { answer } = consulted;
  if (answer.verdict === 'stop') return { stop: answer.reason };
  if (answer.verdict === 'repeat') return { repeat: answer.reason };
  const chosen = [...hinted, ...answer.trainings];
  if (alone) return { train: chosen };
  const others = bySearch.filter(({ values }) => !chosen.some((one) => sameValues(one.values, values)));
  return { train: [...chosen, ...others].slice(0, count) };
}

const withoutHints = (study: Study): Study => ({
  ...study,
  next: study.next.filter(({ origin }) => origin !== 'hint'),
});

interface Choice {
  keys: string[] | null;
  count: number;
  shown: readonly Candidate[];
  /** Candidates that it may choose whatever its record. */
  free: number;
  alone: boolean;
}

function questionFor(state: RunState, study: Study, { keys, count, shown, free, alone }: Choice): ProposalQuestion {
  const { pause, mayStep, gained } = influenceOf(state.trials, unitOfScores(state));
  const mayDecide = alone || mayStep;
  const open = keys ?? Object.keys(state.config.TUNABLE_KEYS);
  return {
    keys: mayDecide ? open.filter((key) => study.keys[key]?.untried !== 0) : [],
    candidates: alone ? shown.length : free,
    count,
    ownAtMost: alone || gained > 0 ? count : 1,
    mayRepeat: mayDecide && !askedForRepeat(state),
    mayStop: alone || !study.outlook.worthwhile,
    limited: mayDecide
      ? null
      : pause > 0
        ? said`values of your own are possible again after ${pause} more trainings, since your last ones gained nothing`
        : said`values of your own are possible once most of the predictions for your choices held`,
  };
}

/** Once for each best configuration is enough. */
function askedForRepeat(state: RunState): boolean {
  const best = incumbentOf(state);
  if (!best) return true;
  return state.trials.some(
    ({ purpose, proposedBy, values }) =>
      purpose === 'repeat' && proposedBy === 'adviser' && sameValues(values, best.values),
  );
}

/** What was refused, as later questions show it: names and values that the run knows, no prose. */
function proposalText({ action, proposals }: ProposalReply, { config: { TUNABLE_KEYS: spaces } }: RunState): string {
  if (action !== 'train') return `action ${action}`;
  return proposals
    .slice(0, MOST_PROPOSALS)
    .map(({ key, value }) => {
      const known = Object.hasOwn(spaces, key);
      const choice = typeof value === 'number' || (known && spaces[key]!.choices?.includes(value));
      return `${known ? key : 'an unknown key'} = ${choice ? formatValue(value) : 'text'}`;
    })
    .join(', ');
}
