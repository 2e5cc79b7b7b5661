/** The table of the parameter in hand: value tried, score, difference, verdict; what is trained now comes last. */
import stringWidth from 'string-width';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import { CORRELATION } from '../../domain/metric.ts';
import type { Trial, TrialInHand } from '../../domain/trials.ts';
import { t } from '../../words/catalogue.ts';
import { plain, styled } from '../screen.ts';
import type { LiveFacts } from './liveBlock.ts';
import { columns, fitted } from './view.ts';
import type { View } from './view.ts';
import { titleText, verdictText } from './words.ts';

/** Of more the last ones; all of them stay above. */
const MOST = 6;
/** Without a parameter in hand: the last trials, whatever they changed. */
const RECENT = 3;

interface Row {
  tried: string;
  score: string;
  delta: string;
  verdict: string;
  style: 'green' | 'cyan' | 'red' | null;
}

export function handTable({ progress, trials }: Pick<LiveFacts, 'progress' | 'trials'>, view: View): string[] {
  const { inHand = [], key } = progress;
  const [of, most] = key ? [trials.filter((trial) => concerns(trial, key)), MOST] : [trials, RECENT];
  const rows = [
    ...of.slice(-most).map((trial) => rowOf(trial, key, progress.metric ?? CORRELATION)),
    ...inHand.map((trial) => rowInHand(trial, key)),
  ];
  if (rows.length === 0) return [];
  const head: Row = { tried: key ?? t`tried`, score: t`score`, delta: 'Δ', verdict: t`verdict`, style: null };
  return set([head, ...rows], view);
}

/** Trained for this parameter; the default is where each of them begins. */
const concerns = ({ key, purpose }: Trial, wanted: string): boolean => key === wanted || purpose === 'baseline';

function rowOf(trial: Trial, key: string | null, metric: typeof CORRELATION): Row {
  const { formatScore, formatDelta } = formatsOf(metric);
  return {
    tried: triedText(trial, key),
    score: formatScore(trial.result?.score),
    delta: formatDelta(trial.delta),
    verdict: trial.purpose === 'baseline' && key ? t`default` : verdictText(trial),
    style: trial.failure ? 'red' : trial.accepted ? 'green' : null,
  };
}

const rowInHand = (trial: TrialInHand, key: string | null): Row => ({
  tried: triedText(trial, key),
  score: '…',
  delta: '',
  verdict: t`in training`,
  style: 'cyan',
});

/** The value alone where that is all that was changed. */
function triedText(trial: Trial | TrialInHand, key: string | null): string {
  const { purpose, change, values } = trial;
  const alone = purpose === 'baseline' || (purpose === 'round' && Object.keys(change ?? {}).length < 2);
  return key && alone && values[key] !== undefined ? plain(formatValue(values[key])) : titleText(trial);
}

/** Without the verdict, whose colour tells it, where that does not fit; what was tried is cut last. */
function set(rows: readonly Row[], { width }: View): string[] {
  const wide = (name: 'score' | 'delta' | 'verdict') => Math.max(...rows.map((row) => stringWidth(row[name])));
  const figures = 2 + 2 + wide('score') + 2 + wide('delta');
  const withVerdict =
    width - figures - 2 - wide('verdict') >= Math.min(16, Math.max(...rows.map((row) => stringWidth(row.tried))));
  const room = width - figures - (withVerdict ? 2 + wide('verdict') : 0);
  const cells = rows.map(({ tried, score, delta, verdict, style }, index) => {
    const all = [fitted(tried, room), score, delta, ...(withVerdict ? [verdict] : [])];
    const shown = index === 0 ? 'dim' : style;
    return shown ? all.map((cell) => styled(shown, cell)) : all;
  });
  return columns(cells, ['left', 'right', 'right', 'left']).map((line) => `  ${line}`);
}
