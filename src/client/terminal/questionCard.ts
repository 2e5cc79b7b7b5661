/** What a person needs to decide at a gate, and what each answer does. */
import stringWidth from 'string-width';
import { leftText } from '../../domain/estimateWords.ts';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import type { Gate } from '../../domain/inbox.ts';
import { CORRELATION } from '../../domain/metric.ts';
import type { RunProgress } from '../../domain/progress.ts';
import type { Values } from '../../domain/trials.ts';
import { language, t } from '../../words/catalogue.ts';
import { styled } from '../screen.ts';
import { fitting } from './parts.ts';
import type { Part } from './parts.ts';
import { isLog, labelled } from './view.ts';
import type { View } from './view.ts';
import { byText, named, reasonText, titleText, told, verdictText } from './words.ts';

/** Runs of 0.4.0 and later take a key or a repeat at every question. */
export const takesWishes = ({ keeps }: Gate): boolean => keeps !== undefined;

/** The question alone. */
export function questionText({ kind, key, valueFor }: Gate): string {
  if (kind === 'round') return t`Continue with the next round of ${key}?`;
  if (kind === 'parameter') return t`Go on with the next parameter, ${valueFor}?`;
  return t`Go on with the next training, of whichever key promises most?`;
}

/** The question's own lines: it may be asked again, with a problem above it. */
const ASKING = 3;

/** The facts of the question, and what may be answered; on a low screen without what stands above it anyway. */
export function questionCard(progress: RunProgress, gate: Gate, view: View): string[] {
  const title = `── ${t`Question`} `;
  const rule = isLog(view) ? [] : [styled('cyan', title + '─'.repeat(Math.max(0, view.width - stringWidth(title))))];
  const parts = [
    { lines: [''], weight: 1 },
    { lines: rule, weight: 7 },
    ...facts(progress, gate, view),
    { lines: [''], weight: 2 },
    { lines: answerLines(gate, view), weight: 9 },
  ];
  return fitting(parts, view.rows - ASKING);
}

function facts(progress: RunProgress, gate: Gate, view: View): Part[] {
  const { best, baseline, lastTrial, estimate, search, anytime } = progress;
  const { formatScore, formatDelta } = formatsOf(progress.metric ?? CORRELATION);
  const parts: Part[] = [];
  const tell = (name: string, text: string, weight: number) =>
    parts.push({ lines: labelled(name, text, view), weight });
  if (best) {
    const over = baseline && best.trial !== baseline.trial ? [`${t`default`} ${formatScore(baseline.score)}`] : [];
    tell(t`best so far`, [formatScore(best.score), ...over, settingsText(best.values)].join(' · '), 8);
  }
  if (lastTrial) {
    const { result, delta, failure, reason, proposedBy } = lastTrial;
    const came = result
      ? [`${formatScore(result.score)} (Δ ${formatDelta(delta)})`, verdictText(lastTrial)]
      : [named(verdictText(lastTrial), told(failure?.message ?? ''))];
    tell(t`last trial`, [titleText(lastTrial, []), ...came].join(' · '), 4);
    if (reason) tell(t`its reason`, named(byText(proposedBy, progress.adviser), reasonText(reason)), 3);
  }
  if (anytime.rounds.pays !== 'unknown') tell(t`more of it`, reasonText(anytime.rounds.reason), 5);
  const left = estimate?.left ? `${reasonText(leftText(estimate.left))} · ` : '';
  tell(t`left`, `${left}${t`${search.spent} of ${search.pool} trainings used`}`, 6);
  if (gate.deadline !== null)
    tell(t`until`, t`${timeText(gate.deadline)}: without an answer the run goes on (GATE_TIMEOUT)`, 8);
  return parts;
}

const timeText = (at: number): string =>
  new Date(at).toLocaleString(language() === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' });

export const settingsText = (values: Values): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${formatValue(value)}`)
    .join(' ');

/** What each answer does. */
function answerLines(gate: Gate, view: View): string[] {
  const { kind, key, valueFor } = gate;
  const end = t`end the search: the best so far is confirmed on held-out data and published`;
  const answers: [string, string][] = [];
  if (kind === 'round')
    answers.push(['y, Enter', t`train the next value of ${key}`], ['n', t`enough of ${key}: its best value stays`]);
  else if (kind === 'parameter') answers.push(['y, Enter', t`go on and tune ${valueFor}`], ['n', end]);
  else answers.push(['y, Enter', t`train what promises most`], ['n', end]);
  if (valueFor !== null) answers.push([t`a value`, t`train ${valueFor} with it next`]);
  if (takesWishes(gate))
    answers.push(
      ['KEY=VALUE', t`train that value next`],
      ['key KEY', t`let the next training change that key`],
      ['repeat', t`train the best so far again, with another seed`],
    );
  if (kind === 'round') answers.push(['stop', end]);
  return answers.flatMap(([typed, does]) => labelled(typed, does, view));
}
