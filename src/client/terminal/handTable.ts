/** The table of the parameter in hand: value tried, score, difference, verdict; where it began comes first, what is trained now last. */
import stringWidth from 'string-width';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import { CORRELATION } from '../../domain/metric.ts';
import type { Metric } from '../../domain/metric.ts';
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

export function handTable(
  { progress, trials, waiting }: Pick<LiveFacts, 'progress' | 'trials' | 'waiting'>,
  view: View,
): string[] {
  const { inHand = [], key, best } = progress;
  const anchors = key ? trials.filter((trial) => isAnchor(trial, key, best?.trial)) : [];
  const tried = key ? trials.filter((trial) => trial.key === key).slice(-MOST) : trials.slice(-RECENT);
  const rows = [
    ...[...anchors, ...tried].map((trial) => rowOf(trial, { key, trials, metric: progress.metric })),
    ...inHand.map((trial) => rowInHand(trial, { key, trials }, waiting.includes(trial.number))),
  ];
  if (rows.length === 0) return [];
  const head: Row = { tried: key ?? t`tried`, score: t`score`, delta: 'Δ', verdict: t`verdict`, style: null };
  return set([head, ...rows], view);
}

/** Not trained for this parameter, but what its values are held against: the default, and the best so far. */
const isAnchor = ({ id, key, purpose }: Trial, inHand: string, best: string | undefined): boolean =>
  key !== inHand && (purpose === 'baseline' || id === best);

type Around = { key: string | null; trials: readonly Trial[] };

function rowOf(trial: Trial, { metric = CORRELATION, ...around }: Around & { metric?: Metric }): Row {
  const { formatScore, formatDelta } = formatsOf(metric);
  const { key } = around;
  const anchor = key !== null && trial.key !== key;
  return {
    tried: triedText(trial, around),
    score: formatScore(trial.result?.score),
    delta: formatDelta(anchor ? null : trial.delta),
    verdict: !anchor ? verdictText(trial) : trial.purpose === 'baseline' ? t`default` : t`best so far`,
    style: trial.failure ? 'red' : trial.accepted ? 'green' : null,
  };
}

const rowInHand = (trial: TrialInHand, around: Around, waits: boolean): Row => ({
  tried: triedText(trial, around),
  score: '…',
  delta: '',
  verdict: trial.ended ? t`ended` : waits ? t`waits for a slot` : t`in training`,
  style: trial.ended || waits ? null : 'cyan',
});

/** The value alone where that is all that was changed for this parameter, or where it is what others are held against. */
function triedText(trial: Trial | TrialInHand, { key, trials }: Around): string {
  const { purpose, change, values } = trial;
  const alone = trial.key !== key || (purpose === 'round' && Object.keys(change ?? {}).length < 2);
  return key && alone && values[key] !== undefined ? plain(formatValue(values[key])) : titleText(trial, trials);
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
