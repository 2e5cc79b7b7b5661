/** Every trial, grouped as the run made them: default, base configuration, each parameter. */
import type { RootContent } from 'mdast';
import { formatDelta, formatScore, formatValue, trialTitle } from '../../domain/progress.ts';
import type { RunState } from '../../domain/runState.ts';
import type { ProposedBy, Trial } from '../../domain/trials.ts';
import { emphasis, heading, inlineCode, paragraph, strong, table } from '../document.ts';
import type { Cell } from '../document.ts';
import { duration, reasonText } from '../phrases.ts';
import type { Say } from '../phrases.ts';

export function planSection(state: RunState, say: Say): RootContent[] {
  const { plan } = state;
  if (!plan) return [];
  const base = Object.entries(plan.baseConfig)
    .map(([key, value]) => `${key} = ${formatValue(value)}`)
    .join(', ');
  return [
    heading(2, say('计划', 'Plan')),
    paragraph(
      strong(say('待调参数：', 'Parameters to tune:')),
      ' ',
      inlineCode(plan.priorityKeys.join(', ')),
      `. ${say('基础配置的改动：', 'Changes of the base configuration:')} `,
      base ? inlineCode(base) : say('无', 'none'),
      `. ${say('提出者：', 'Proposed by:')} ${proposer(plan.proposedBy, say)}.`,
    ),
    paragraph(emphasis(reasonText(plan.reason, state.config.AGENT_SETTINGS.REPORT_LANGUAGE))),
  ];
}

export function trialSections(state: RunState, say: Say): RootContent[] {
  const opening = state.trials.filter((trial) => trial.purpose === 'baseline' || trial.purpose === 'base_config');
  const keys = [
    ...new Set(state.trials.flatMap((trial) => (trial.purpose === 'round' && trial.key ? [trial.key] : []))),
  ];
  const content: RootContent[] = [];
  if (opening.length > 0) {
    content.push(heading(2, say('默认配置与基础配置', 'Default and base configuration')));
    content.push(
      table(
        [
          say('试验', 'trial'),
          say('配置', 'configuration'),
          say('得分', 'score'),
          'Δ',
          say('采纳', 'accepted'),
          say('用时', 'time'),
        ],
        opening.map((trial) => [
          String(trial.number),
          trialTitle(trial),
          formatScore(trial.result?.score),
          formatDelta(trial.delta),
          acceptance(trial, say),
          timeOf(trial),
        ]),
        [2, 3, 5],
      ),
    );
  }
  for (const key of keys) content.push(...parameterSection(state, key, say));
  return content;
}

function parameterSection(state: RunState, key: string, say: Say): RootContent[] {
  const { REPORT_LANGUAGE: language } = state.config.AGENT_SETTINGS;
  const trials = state.trials.filter((trial) => trial.purpose === 'round' && trial.key === key);
  const fixed = state.fixed.find((parameter) => parameter.key === key);
  const rows = trials.map((trial): Cell[] => [
    `${trial.round} (#${trial.number})`,
    inlineCode(formatValue(trial.values[key])),
    formatScore(trial.result?.score),
    formatDelta(trial.delta),
    acceptance(trial, say),
    timeOf(trial),
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

export function proposer(by: ProposedBy, say: Say): string {
  const names: Record<ProposedBy, string> = {
    default: say('默认', 'default'),
    adviser: say('顾问', 'adviser'),
    search: say('搜索模型', 'search model'),
    earlier_run: say('以往运行', 'an earlier run'),
    fallback: say('后备优化器', 'fall-back'),
    person: say('人', 'person'),
    agent: say('程序', 'agent'),
  };
  return names[by];
}

function acceptance(trial: Trial, say: Say): string {
  if (trial.failure) return `✗ ${trial.failure.kind}`;
  return trial.accepted ? say('✓ 是', '✓ yes') : say('否', 'no');
}

function timeOf(trial: Trial): string {
  return trial.result ? duration(trial.result.trainSeconds) : '–';
}
