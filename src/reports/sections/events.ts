/** What went wrong or was decided on the way: failures, interruptions, refusals, decisions, notes. */
import type { RootContent } from 'mdast';
import { formatValue } from '../../domain/formats.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import type { RunState } from '../../domain/runState.ts';
import { heading, inlineCode, list, paragraph, table } from '../document.ts';
import type { SecondAttempt } from '../../training/layout.ts';
import type { ReportFacts } from '../facts.ts';
import type { Say } from '../phrases.ts';
import type { Values } from '../../domain/trials.ts';

const values = (set: Values): string =>
  Object.entries(set)
    .map(([key, value]) => `${key} = ${formatValue(value)}`)
    .join(', ');

export function eventSections({ state, secondAttempts }: ReportFacts, say: Say): RootContent[] {
  return [
    ...failures(state, say),
    ...endedEarly(state, say),
    ...interruptions(state, secondAttempts, say),
    ...refusals(state, say),
    ...decisions(state, say),
    ...notes(state, say),
  ];
}

function failures(state: RunState, say: Say): RootContent[] {
  const failed = state.trials.filter(
    ({ failure, remedies }) => (failure && failure.kind !== 'pruned') || remedies.length > 0,
  );
  if (failed.length === 0) return [];
  const rows = failed.map((trial) => [
    String(trial.number),
    trialTitle(trial),
    trial.failure ? `${trial.failure.kind}: ${trial.failure.message}` : say('补救后成功', 'succeeded after the remedy'),
    trial.remedies.map((remedy) => `${remedy.kind}: ${values(remedy.before)} → ${values(remedy.after)}`).join('; ') ||
      '–',
  ]);
  return [
    heading(2, say('失败与补救', 'Failures and remedies')),
    table([say('试验', 'trial'), say('内容', 'tried'), say('失败', 'failure'), say('补救', 'remedies')], rows),
  ];
}

/** Trainings whose curve was hopeless, with what the limit was made from. */
function endedEarly(state: RunState, say: Say): RootContent[] {
  const pruned = state.trials.flatMap((trial) =>
    trial.failure?.kind === 'pruned' ? [{ trial, ...trial.failure }] : [],
  );
  if (pruned.length === 0) return [];
  const rows = pruned.map(({ trial, message, facts }) => {
    const { evidence } = facts;
    return [String(trial.number), trialTitle(trial), message, typeof evidence === 'string' ? evidence : '–'];
  });
  return [
    heading(2, say('提前结束的训练', 'Trainings that ended early')),
    paragraph(say('它们没有得分。', 'They have no score.')),
    table([say('试验', 'trial'), say('内容', 'tried'), say('结束', 'end'), say('依据', 'evidence')], rows),
  ];
}

function interruptions(state: RunState, secondAttempts: readonly SecondAttempt[], say: Say): RootContent[] {
  const interrupted = state.trials.filter(
    (trial) => (trial.result?.attempts ?? 1) > 1 || (trial.result?.warnings.length ?? 0) > 0,
  );
  if (interrupted.length === 0 && secondAttempts.length === 0) return [];
  const resumptions = interrupted.map((trial) => {
    const { attempts, resumedFrom, warnings } = trial.result!;
    const resumed =
      attempts > 1
        ? `${attempts} ${say('次尝试，恢复于步', 'attempts, resumed from step')} ${resumedFrom.join(', ')}. `
        : '';
    return [`#${trial.number} ${trialTitle(trial)}: ${resumed}${warnings.join('; ')}`];
  });
  const again = secondAttempts.map(({ at, activity, attempt, what, note }) => [
    `${at}: ${activity}${what ? ` (${what})` : ''}, ${note ?? say(`第 ${attempt} 次尝试，前一次没有完成`, `attempt ${attempt}, the one before did not end`)}`,
  ]);
  return [heading(2, say('中断与恢复', 'Interruptions')), list([...resumptions, ...again])];
}

function refusals(state: RunState, say: Say): RootContent[] {
  if (state.refusals.length === 0) return [];
  const rows = state.refusals.map((refusal) => [
    inlineCode(refusal.step),
    inlineCode(refusal.proposal || '–'),
    refusal.why,
  ]);
  return [
    heading(2, say('被拒绝的建议', 'Refused suggestions')),
    table([say('步骤', 'step'), say('建议', 'proposal'), say('原因', 'why')], rows),
  ];
}

function decisions(state: RunState, say: Say): RootContent[] {
  if (state.decisions.length === 0) return [];
  const rows = state.decisions.map((decision) => [
    new Date(decision.at).toISOString(),
    decision.gate ?? '–',
    decision.decision,
    decision.by,
    decision.outcome,
  ]);
  return [
    heading(2, say('人的决定', 'Decisions by people')),
    table(
      [
        say('时间', 'time'),
        say('问题', 'question'),
        say('决定', 'decision'),
        say('来自', 'by'),
        say('结果', 'outcome'),
      ],
      rows,
    ),
  ];
}

function notes(state: RunState, say: Say): RootContent[] {
  const { trials: missing } = state.archived;
  const elsewhere = say(
    `本报告缺少 ${missing} 次较早的训练：其存档在另一台机器上。`,
    `${missing} earlier trainings are missing here: their archive lies on another machine.`,
  );
  const all = missing > 0 ? [elsewhere, ...state.notes] : state.notes;
  if (all.length === 0) return [];
  return [heading(2, say('备注', 'Notes')), all.length === 1 ? paragraph(all[0]!) : list(all.map((note) => [note]))];
}
