/** The trials of a run as a table of Markdown, the newest first: what a person looks for is at the top. */
import { formatsOf } from './formats.ts';
import { escaped, markdownTable } from './markdown.ts';
import type { RunState } from './runState.ts';
import { trialTitle, trialVerdict } from './trialWords.ts';

/** Rows that a page shows without becoming slow; `npm run show` has them all. */
const MOST_ROWS = 40;

export function detailsTable(state: RunState): string {
  const { formatScore, formatDelta } = formatsOf(state);
  const rows = state.trials.slice(-MOST_ROWS).map((trial) => {
    const cells = [
      String(trial.number),
      escaped(trialTitle(trial)),
      trial.round === null ? '–' : String(trial.round),
      formatScore(trial.result?.score),
      formatDelta(trial.delta),
      trialVerdict(trial),
    ];
    return trial.id === state.incumbent ? cells.map((cell) => `**${cell}**`) : cells;
  });
  return markdownTable(['trial', 'tried', 'round', 'score', 'Δ', 'decision'], rows.reverse());
}
