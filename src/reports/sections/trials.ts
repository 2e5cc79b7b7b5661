/** The plan, and the trials that come before any search: untouched model, default with its seeds, base configuration. */
import { formatValue, formatsOf } from '../../domain/formats.ts';
import { rivalName, rivalWords, untouchedScore } from '../../domain/baseModels.ts';
import type { RunState } from '../../domain/runState.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import type { Purpose } from '../../domain/trials.ts';
import { framed, inlineCode, paragraph, section, table } from '../document.ts';
import type { Cell, Section } from '../document.ts';
import type { ReportFacts } from '../facts.ts';
import { label, reasonBlocks } from '../phrases.ts';
import type { Say } from '../phrases.ts';
import { acceptance, proposer, timeOf } from './trialCells.ts';
import { notesOn } from './trialNotes.ts';

export function planSection(state: RunState, say: Say): Section[] {
  const { plan } = state;
  if (!plan) return [];
  const base = Object.entries(plan.baseConfig)
    .map(([key, value]) => `${key} = ${formatValue(value)}`)
    .join(', ');
  return section('plan', say('计划', 'Plan'), [
    paragraph(
      ...label(say, '待调参数', 'Parameters to tune'),
      inlineCode(plan.priorityKeys.join(', ')),
      `${say.cell('。', '. ')}${say('基础配置的改动：', 'Changes of the base configuration: ')}`,
      base ? inlineCode(base) : say('无', 'none'),
      `${say.cell('。', '. ')}${say('提出者：', 'Proposed by: ')}${proposer(plan.proposedBy, state, say)}${say.cell('。', '.')}`,
    ),
    framed('quoted', reasonBlocks(plan.reason, say), 'blockquote'),
  ]);
}

const OPENING: ReadonlySet<Purpose> = new Set(['baseline', 'noise', 'base_config', 'opening']);

export function openingSection(facts: ReportFacts, say: Say): Section[] {
  const { state } = facts;
  const { formatScore, formatDelta } = formatsOf(state);
  const opening = state.trials.filter(({ purpose }) => OPENING.has(purpose));
  const rows = opening.map((trial): Cell[] => [
    String(trial.number),
    say.told(trialTitle(trial)),
    String(trial.seed),
    formatScore(trial.result?.score),
    formatDelta(trial.delta),
    acceptance(trial, say),
    timeOf(trial, say),
  ]);
  const untouched = untouchedScore(state);
  const { zh, en } = rivalWords(rivalName(state));
  if (untouched !== null)
    rows.unshift([
      '–',
      say.cell(`未训练的${zh}`, `the ${en}`),
      '–',
      formatScore(untouched),
      '–',
      say.cell('仅测量', 'measured'),
      '–',
    ]);
  if (rows.length === 0) return [];
  return section('default', say('默认配置与基础配置', 'Default and base configuration'), [
    table(
      [
        say('试验', 'trial'),
        say('配置', 'configuration'),
        say('种子', 'seed'),
        say('得分', 'score'),
        'Δ',
        say('采纳', 'accepted'),
        say('用时', 'time'),
      ],
      rows,
      [2, 3, 4, 6],
    ),
    ...notesOn(opening, facts, say),
  ]);
}
