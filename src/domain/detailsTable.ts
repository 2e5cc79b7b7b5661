/** The table in Temporal's Web UI: where the run is, and a line per trial. */
import { formatsOf } from './formats.ts';
import { whatIsLeft } from './estimate.ts';
import { firstText, leftText } from './estimateWords.ts';
import { incumbentOf, poolOf } from './runState.ts';
import type { RunState } from './runState.ts';
import { trialTitle, trialVerdict } from './trialWords.ts';
import { verdictOf } from './verdict.ts';

const escapeCell = (text: string): string => text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ');

/** Markdown for the current details of the workflow: where the run is, and a line per trial. */
export function detailsTable(state: RunState): string {
  const { inbox } = state;
  const { formatScore, formatDelta } = formatsOf(state);
  const best = incumbentOf(state);
  const verdict = verdictOf(state);
  const { gate } = inbox;
  const more = gate?.keeps ? ', `key` {"key"}, `repeat`' : '';
  const waiting = gate
    ? `\n\n**Waiting for a decision** (${escapeCell(gate.id)}): signal \`continue\` or \`stop\` {"scope": "round" | "parameter" | "run" | "now"}, or \`override\` {"key", "value"}${more}.`
    : '';
  const rows = state.trials.map((trial) => {
    const cells = [
      String(trial.number),
      escapeCell(trialTitle(trial)),
      trial.round === null ? '–' : String(trial.round),
      formatScore(trial.result?.score),
      formatDelta(trial.delta),
      trialVerdict(trial),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    ...(verdict ? [`**${escapeCell(verdict.line.en)}**`, ''] : []),
    `**${state.run}**: ${whereabouts(state)}${inbox.paused ? ' (paused)' : ''}. Best ${formatScore(best?.result.score)}.${estimate(state)}${waiting}`,
    '',
    '| trial | tried | round | score | Δ | decision |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** What the run was said to take at first, and what is left of it. */
function estimate(state: RunState): string {
  if (!state.firstEstimate) return '';
  const left = state.phase === 'ended' ? null : whatIsLeft(state);
  const first = `At first: ${escapeCell(firstText(state.firstEstimate).en)}`;
  return ` ${first}${left ? `; now ${escapeCell(leftText(left).en)}` : ''}.`;
}

/** The key in hand and its round; the trainings used of the pool, where the story counts them. */
function whereabouts({ phase, queue, round, spent, config }: RunState): string {
  if (phase !== 'tuning') return phase;
  const inHand = queue[0] ? ` **${queue[0]}**, round ${round} of ${config.AGENT_SETTINGS.ROUNDS_PER_PARAM}` : '';
  return `tuning${inHand}${spent > 0 ? `, ${spent} of ${poolOf(config)} trainings used` : ''}`;
}
