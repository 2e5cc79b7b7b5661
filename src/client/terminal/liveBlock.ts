/** The live block below the lines that stay: where the run is, how far, how well, why; never taller than the screen. */
import { formatsOf } from '../../domain/formats.ts';
import { CORRELATION } from '../../domain/metric.ts';
import type { RunProgress } from '../../domain/progress.ts';
import type { Trial, TrialInHand } from '../../domain/trials.ts';
import type { TrainingPointer } from '../../training/watch.ts';
import { t } from '../../words/catalogue.ts';
import { plain, styled } from '../screen.ts';
import { handTable } from './handTable.ts';
import { clock, sparkline } from './marks.ts';
import { fitting } from './parts.ts';
import type { Part } from './parts.ts';
import { phaseText } from './phases.ts';
import { NAME, progressBars, runBar } from './progressBars.ts';
import { apart, fitted, joined, padded, wrapped } from './view.ts';
import type { View } from './view.ts';
import { byText, named, reasonText } from './words.ts';

export interface LiveFacts {
  progress: RunProgress;
  trials: readonly Trial[];
  /** Of the trainings that run, in the order of their trials. */
  pointers: readonly TrainingPointer[];
  /** Numbers of the trials in hand that wait for a slot. */
  waiting: readonly number[];
  elapsedSeconds: number;
  /** What the run waits for, or what is amiss. */
  notices: readonly string[];
}

/** Of a reason; the whole of it stays with the trial's line. */
const REASON_LINES = 4;
/** The line below the block, and one of those that stay. */
const KEPT_ROWS = 2;
const SPARK = 60;

export function liveBlock(facts: LiveFacts, view: View): string[] {
  const [bars, run, scores] = [progressBars(facts, view), runBar(facts, view), scoreLine(facts, view)];
  const measured = bars.length + run.length + scores.length > 0;
  const parts: Part[] = [
    { lines: [ruleLine(facts, view)], weight: 4 },
    { lines: headLines(facts, view), weight: 10 },
    { lines: measured ? [''] : [], weight: 1 },
    { lines: bars, weight: 9 },
    { lines: run, weight: 8 },
    { lines: scores, weight: 6 },
    { lines: below(handTable(facts, view)), weight: 5 },
    { lines: below(reasonLines(facts, view)), weight: 3 },
    {
      lines: below(
        facts.notices.flatMap((one) => indented(wrapped(one, view, 2)).map((line) => styled('yellow', line))),
      ),
      weight: 7,
    },
    { lines: [''], weight: 0 },
    { lines: [footLine(facts, view)], weight: 2 },
  ];
  return fitting(parts, view.rows - KEPT_ROWS);
}

const below = (lines: string[]): string[] => (lines.length > 0 ? ['', ...lines] : []);
const indented = (lines: string[]): string[] => lines.map((line) => `  ${line}`);

/** `── tune-20260101-000000 ─────`. */
function ruleLine({ progress }: LiveFacts, { width }: View): string {
  const name = fitted(plain(progress.run), width - 8);
  return styled('dim', `── ${name} ${'─'.repeat(Math.max(0, width - 4 - name.length))}`);
}

function headLines({ progress }: LiveFacts, view: View): string[] {
  const { formatScore, formatDelta } = formatsOf(progress.metric ?? CORRELATION);
  const { best, baseline, paused } = progress;
  const over =
    best && baseline && best.trial !== baseline.trial ? ` (${formatDelta(best.score - baseline.score)})` : '';
  const score = best ? `${t`best`} ${styled(['bold', 'green'], formatScore(best.score))}${over}` : t`no score yet`;
  const mark = paused ? styled('yellow', '‖') : styled('cyan', '●');
  const where = paused ? t`paused: ${'npm run decide -- RUN resume'} goes on` : phaseText(progress);
  return apart(`${mark} ${styled('bold', fitted(where, view.width - 2))}`, score, view);
}

function scoreLine({ progress, trials }: LiveFacts, { width }: View): string[] {
  const scores = trials.filter(({ purpose }) => purpose !== 'opening').map(({ result }) => result?.score ?? null);
  const known = scores.filter((score) => score !== null);
  if (known.length < 2) return [];
  const { formatScore } = formatsOf(progress.metric ?? CORRELATION);
  const ends = `${formatScore(Math.min(...known))} – ${formatScore(Math.max(...known))}`;
  const label = t`scores`;
  const room = Math.min(SPARK, width - 26 - ends.length);
  return room < 4 ? [] : [`  ${padded(label, NAME)} ${styled('cyan', sparkline(scores, room))} ${ends}`];
}

/** Why what is trained now is trained, and what is expected of it. */
function reasonLines({ progress }: LiveFacts, view: View): string[] {
  const trial = (progress.inHand ?? []).find(({ reason }) => reason);
  if (!trial) return [];
  const lines = wrapped(named(byText(trial.proposedBy, progress.adviser), reasonText(trial.reason!)), view, 2);
  const shown = lines.slice(0, REASON_LINES);
  if (lines.length > REASON_LINES) shown.push(fitted(`${shown.pop()!} …`, view.width - 2));
  return indented([...shown, ...expectedLines(trial, progress.metric, view)]).map((line) => styled('dim', line));
}

function expectedLines({ predicted }: TrialInHand, metric: RunProgress['metric'], view: View): string[] {
  const { formatEnds } = formatsOf(metric ?? CORRELATION);
  const { byModel, byAdviser } = predicted ?? {};
  const ends = byModel ?? byAdviser;
  if (!ends) return [];
  const [low, high] = formatEnds(ends);
  return wrapped(
    byModel ? t`The search model expects ${low} to ${high}.` : t`The adviser expects ${low} to ${high}.`,
    view,
    2,
  );
}

function footLine({ elapsedSeconds }: LiveFacts, { width }: View): string {
  const parts = [clock(elapsedSeconds), t`Ctrl-C leaves; the run goes on`];
  return styled('dim', `  ${joined(parts, width - 2)}`);
}
