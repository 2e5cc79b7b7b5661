/** Every step of the search, in order, with what was expected of it; before 0.4.0 by parameter. */
import type { RootContent } from 'mdast';
import type { AgentSettings } from '../../domain/agentSettings.ts';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import type { RunState } from '../../domain/runState.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import type { Reason, Trial } from '../../domain/trials.ts';
import { inlineCode, paragraph, section, table } from '../document.ts';
import type { Cell, Section } from '../document.ts';
import type { ReportFacts } from '../facts.ts';
import { label, linesIn, paragraphs, reasonText } from '../phrases.ts';
import type { Say } from '../phrases.ts';
import { acceptance, expectedText, originText, proposer, timeOf } from './trialCells.ts';
import { reasonsAndNotes } from './trialNotes.ts';

const MODES: Record<AgentSettings['SEARCH'], Reason> = {
  by_parameter: { zh: '逐个参数搜索', en: 'One parameter was searched after the other' },
  adaptive: { zh: '每次重新选择要改的参数', en: 'Which parameter to change was decided anew each time' },
  free: {
    zh: '每次重新选择要改的参数，最后也同时改动多个',
    en: 'Which parameter to change was decided anew each time, towards the end several at once',
  },
};

export function stepSections(facts: ReportFacts, say: Say): Section[] {
  const { state } = facts;
  const rounds = state.trials.filter(({ purpose }) => purpose === 'round');
  // A step that tells its origin was made by the search of 0.4.0, which need not keep to one key at a time.
  if (rounds.some(({ origin }) => origin)) return searchSection(facts, rounds, say);
  const keys = [...new Set(rounds.flatMap(({ key }) => (key ? [key] : [])))];
  return keys.flatMap((key) => parameterSection(facts, key, say));
}

function searchSection(facts: ReportFacts, rounds: readonly Trial[], say: Say): Section[] {
  const { state } = facts;
  const { SEARCH: mode } = state.config.AGENT_SETTINGS;
  const formats = formatsOf(state);
  const { formatScore, formatDelta } = formats;
  const rows = rounds.map((trial): Cell[] => [
    String(trial.number),
    inlineCode(trialTitle(trial)),
    formatScore(trial.result?.score),
    formatDelta(trial.delta),
    expectedText(trial, formats, say),
    acceptance(trial, say),
    `${proposer(trial.proposedBy, state, say)}${trial.origin ? `${say.cell('：', ': ')}${originText(trial.origin, trial.proposedBy, say)}` : ''}`,
    timeOf(trial, say),
  ]);
  const content: RootContent[] = [
    ...paragraphs(
      say,
      `${MODES[mode].zh}（SEARCH: ${mode}）。Δ 为与此前最优得分之差。“预期”为训练前给出的得分区间（90 %）；✓ 表示结果落在其中，✗ 表示在外。`,
      `${MODES[mode].en} (SEARCH: ${mode}). Δ is the difference from the best score before it. "Expected" is the interval (90 %) given for the score before the training; ✓: the score fell inside, ✗: outside.`,
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
        say('用时', 'time'),
      ],
      rows,
      [2, 3],
    ),
    ...fixedValues(state, say),
    ...(state.searchEnd
      ? [paragraph(...label(say, '搜索的结束', 'How the search ended'), reasonText(state.searchEnd, say))]
      : []),
  ];
  const told = state.trials.filter(({ purpose }) => purpose === 'round' || purpose === 'repeat');
  return [
    ...section('steps', say('搜索的每一步', 'Steps of the search'), content),
    ...section('reasons', say('每一步的理由', 'Reasons of the steps'), reasonsAndNotes(told, facts, say)),
  ];
}

function fixedValues({ fixed }: RunState, say: Say): RootContent[] {
  if (fixed.length === 0) return [];
  const lines = (one: Say) =>
    fixed.map(({ key, value, why, reason }) => [
      inlineCode(`${key} = ${formatValue(value)}`),
      one.cell(`（${one.told(why)}）`, ` (${why}) `),
      reason ? reasonText(reason, one) : '',
    ]);
  return [paragraph(say('确定的取值：', 'Values that were fixed:')), linesIn(say, lines)];
}

function parameterSection(facts: ReportFacts, key: string, say: Say): Section[] {
  const { state } = facts;
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
    proposer(trial.proposedBy, state, say),
  ]);
  const content: RootContent[] = [
    table(
      [
        say('轮（试验）', 'round (trial)'),
        say('取值', 'value'),
        say('得分', 'score'),
        'Δ',
        say('采纳', 'accepted'),
        say('用时', 'time'),
        say('提出者', 'proposed by'),
      ],
      rows,
      [2, 3, 5],
    ),
    ...reasonsAndNotes(trials, facts, say),
  ];
  if (fixed)
    content.push(
      paragraph(
        `${say('确定为', 'Fixed at')} `,
        inlineCode(formatValue(fixed.value)),
        say.cell(`（${say.told(fixed.why)}）。`, ` (${fixed.why}).`),
      ),
    );
  return section(`parameter-${key.toLowerCase()}`, `${say('参数', 'Parameter')} ${key}`, content);
}
