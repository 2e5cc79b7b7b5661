/** What could still be gained, and by what; how good the predictions and the proposals were. */
import type { RootContent } from 'mdast';
import { anytimeAnswer } from '../../domain/anytimeAnswer.ts';
import { formatsOf } from '../../domain/formats.ts';
import type { ScoreFormats } from '../../domain/formats.ts';
import { coverageOf, proposerRecords } from '../../domain/predictions.ts';
import type { Coverage, ProposerRecord } from '../../domain/predictions.ts';
import type { RunState } from '../../domain/runState.ts';
import { possibleText } from '../../domain/searchWords.ts';
import { taskWords } from '../../domain/taskWords.ts';
import type { Origin, Reason } from '../../domain/trials.ts';
import { section, table } from '../document.ts';
import type { Inline, Section } from '../document.ts';
import type { Place } from '../charts/figures.ts';
import { label, linesIn, paragraphs, reasonText } from '../phrases.ts';
import type { Say } from '../phrases.ts';
import { proposer } from './trialCells.ts';

/** Nothing for runs of releases that asked no search model. */
export function outlookSection(state: RunState, say: Say): Section[] {
  if (!state.outlook) return [];
  const { rounds, devPairs, data } = anytimeAnswer(state);
  const { units } = taskWords(state);
  const possible = possibleText(state.outlook, formatsOf(state));
  const lines = (one: Say): Inline[][] => {
    const line = (zh: string, en: string, text: Reason): Inline[] => [...label(one, zh, en), reasonText(text, one)];
    return [
      line('预计', 'Expected', possible),
      line('更多训练', 'More trainings', rounds.reason),
      line(`更多验证${units.zh}`, `More dev ${units.en}`, devPairs.reason),
      line('更多训练数据', 'More training data', data.reason),
    ];
  };
  return section('outlook', say('还能得到什么', 'What could still be gained'), [linesIn(say, lines)]);
}

const share = ({ inside, of }: Coverage): string =>
  of === 0 ? '–' : `${inside} / ${of} (${Math.round((100 * inside) / of)} %)`;

/** Nothing where no step told what was expected of it. */
export function proposersSection(state: RunState, say: Say, place: Place): Section[] {
  const { trials } = state;
  const formats = formatsOf(state);
  const byModel = coverageOf(trials, 'byModel');
  const byAdviser = coverageOf(trials, 'byAdviser');
  if (byModel.of + byAdviser.of === 0) return [];
  const adviser =
    byAdviser.of > 0 ? { zh: `；顾问 ${share(byAdviser)}`, en: `; of the adviser's ${share(byAdviser)}` } : null;
  return section('predictions', say('预测与提议', 'Predictions and proposals'), [
    ...place('predictions'),
    ...paragraphs(
      say,
      `得分落在预测区间（90 %）内的比例：搜索模型 ${share(byModel)}${adviser?.zh ?? ''}。`,
      `Scores inside their predicted intervals (90 %): of the search model's ${share(byModel)}${adviser?.en ?? ''}.`,
    ),
    table(
      [
        say('提出者', 'proposed by'),
        say('训练', 'trained'),
        say('失败或提前结束', 'failed or ended early'),
        say('采纳', 'accepted'),
        say('增益', 'gain'),
        say('区间内', 'inside the interval'),
      ],
      proposerRecords(trials).map(({ by, trained, failed, accepted, gain, coverage }) => [
        proposer(by, state, say),
        String(trained),
        String(failed),
        String(accepted),
        formats.formatDelta(gain),
        share(coverage),
      ]),
      [1, 2, 3, 4, 5],
    ),
    ...ownAndChosen(trials, formats, say),
  ]);
}

/** What the language model added of its own, beside what it took from the search model's candidates. */
function ownAndChosen(trials: RunState['trials'], { formatDelta }: ScoreFormats, say: Say): RootContent[] {
  const by = (origin: Origin) =>
    proposerRecords(trials.filter((trial) => trial.proposedBy === 'adviser' && trial.origin === origin))[0];
  const [own, chosen] = [by('own'), by('choice')];
  if (!own && !chosen) return [];
  const zh = (of: ProposerRecord | undefined) =>
    of ? `${of.trained} 次，采纳 ${of.accepted}，增益 ${formatDelta(of.gain)}` : '0 次';
  const en = (of: ProposerRecord | undefined) =>
    of ? `${of.trained} trained, ${of.accepted} accepted, gain ${formatDelta(of.gain)}` : 'none';
  return paragraphs(
    say,
    `语言模型自己的取值：${zh(own)}；从候选中选出：${zh(chosen)}。`,
    `The language model's own values: ${en(own)}; chosen among candidates: ${en(chosen)}.`,
  );
}
