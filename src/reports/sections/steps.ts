/** Every step of the search, in order, with what was expected of it; before 0.4.0 by parameter. */
import type { RootContent } from 'mdast';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import type { RunState } from '../../domain/runState.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import type { Trial } from '../../domain/trials.ts';
import { heading, inlineCode, list, paragraph, strong, table } from '../document.ts';
import type { Cell } from '../document.ts';
import { reasonText } from '../phrases.ts';
import type { Say } from '../phrases.ts';
import { acceptance, expectedText, originText, proposer, timeOf } from './trialCells.ts';

export function stepSections(state: RunState, say: Say): RootContent[] {
  const rounds = state.trials.filter(({ purpose }) => purpose === 'round');
  // A step that tells its origin was made by the search of 0.4.0, which need not keep to one key at a time.
  if (rounds.some(({ origin }) => origin)) return searchSection(state, rounds, say);
  const keys = [...new Set(rounds.flatMap(({ key }) => (key ? [key] : [])))];
  return keys.flatMap((key) => parameterSection(state, key, say));
}

function searchSection(state: RunState, rounds: readonly Trial[], say: Say): RootContent[] {
  const { REPORT_LANGUAGE: language, SEARCH: mode } = state.config.AGENT_SETTINGS;
  const formats = formatsOf(state);
  const { formatScore, formatDelta } = formats;
  const rows = rounds.map((trial): Cell[] => [
    String(trial.number),
    inlineCode(trialTitle(trial)),
    formatScore(trial.result?.score),
    formatDelta(trial.delta),
    expectedText(trial, formats, say),
    acceptance(trial, say),
    `${proposer(trial.proposedBy, say)}${trial.origin ? `: ${originText(trial.origin, trial.proposedBy, say)}` : ''}`,
    reasonText(trial.reason, language),
    timeOf(trial, say),
  ]);
  const fixed = state.fixed.map(({ key, value, why, reason }) => [
    inlineCode(`${key} = ${formatValue(value)}`),
    ` (${why})${reason ? ` ${reasonText(reason, language)}` : ''}`,
  ]);
  const end = state.searchEnd
    ? [paragraph(strong(say('搜索的结束：', 'How the search ended:')), ` ${reasonText(state.searchEnd, language)}`)]
    : [];
  return [
    heading(2, say('搜索的每一步', 'Steps of the search')),
    paragraph(
      say(
        `方式 ${mode}。“预期”为训练前给出的得分区间（90 %）；✓ 表示结果落在其中，✗ 表示在外。`,
        `Mode ${mode}. "Expected" is the interval (90 %) given for the score before the training; ✓: the score fell inside, ✗: outside.`,
      ),
    ),
    table(
      [
        say('试验', 'trial'),
        say('改动', 'changed'),
        say('得分', 'score'),
        'Δ',
        say('预期', 'expected'),
        say('采纳', 'accepted'),
        say('来源', 'where it came from'),
        say('理由', 'reason'),
        say('用时', 'time'),
      ],
      rows,
      [2, 3],
    ),
    ...(fixed.length > 0 ? [paragraph(say('确定的取值：', 'Values that were fixed:')), list(fixed)] : []),
    ...end,
  ];
}

function parameterSection(state: RunState, key: string, say: Say): RootContent[] {
  const { REPORT_LANGUAGE: language } = state.config.AGENT_SETTINGS;
  const { formatScore, formatDelta } = formatsOf(state);
  const trials = state.trials.filter((trial) => trial.purpose === 'round' && trial.key === key);
  const fixed = state.fixed.find((parameter) => parameter.key === key);
  const rows = trials.map((trial): Cell[] => [
    `${trial.round} (#${trial.number})`,
    inlineCode(formatValue(trial.values[key])),
    formatScore(trial.result?.score),
    formatDelta(trial.delta),
    acceptance(trial, say),
    timeOf(trial, say),
    proposer(trial.proposedBy, say),
    reasonText(trial.reason, language),
  ]);
  const content: RootContent[] = [
    heading(2, `${say('参数', 'Parameter')} ${key}`),
    table(
      [
        say('轮（试验）', 'round (trial)'),
        say('取值', 'value'),
        say('得分', 'score'),
        'Δ',
        say('采纳', 'accepted'),
        say('用时', 'time'),
        say('提出者', 'proposed by'),
        say('理由', 'reason'),
      ],
      rows,
      [2, 3, 5],
    ),
  ];
  if (fixed)
    content.push(paragraph(`${say('确定为', 'Fixed at')} `, inlineCode(formatValue(fixed.value)), ` (${fixed.why}).`));
  return content;
}
