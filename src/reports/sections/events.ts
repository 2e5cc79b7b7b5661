/** What went wrong or was decided on the way: failures, interruptions, refusals, decisions, notes. */
import { formatValue } from '../../domain/formats.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import type { RunState } from '../../domain/runState.ts';
import { inlineCode, list, paragraph, section, table } from '../document.ts';
import type { Section } from '../document.ts';
import type { SecondAttempt } from '../../training/layout.ts';
import type { ReportFacts } from '../facts.ts';
import { moment, paragraphs } from '../phrases.ts';
import type { Say } from '../phrases.ts';
import { noteBlock } from './trialNotes.ts';
import { FAILURE_KINDS } from '../../domain/trials.ts';
import type { Failure, Values } from '../../domain/trials.ts';

const values = (set: Values): string =>
  Object.entries(set)
    .map(([key, value]) => `${key} = ${formatValue(value)}`)
    .join(', ');

export function eventSections(facts: ReportFacts, say: Say): Section[] {
  const { state, secondAttempts } = facts;
  return [
    ...failures(state, say),
    ...endedEarly(state, say),
    ...interruptions(state, secondAttempts, say),
    ...refusals(state, say),
    ...decisions(state, say),
    ...notes(facts, say),
  ];
}

function failures(state: RunState, say: Say): Section[] {
  const failed = state.trials.filter(
    ({ failure, remedies }) => (failure && failure.kind !== 'pruned') || remedies.length > 0,
  );
  if (failed.length === 0) return [];
  const rows = failed.map((trial) => [
    String(trial.number),
    say.told(trialTitle(trial, state.trials)),
    trial.failure
      ? `${kindText(trial.failure, say)}${say.cell('：', ': ')}${say.told(trial.failure.message)}`
      : say.cell('补救后成功', 'succeeded after the remedy'),
    trial.remedies.map((remedy) => `${remedy.kind}: ${values(remedy.before)} → ${values(remedy.after)}`).join('; ') ||
      '–',
  ]);
  return section('failures', say('失败与补救', 'Failures and remedies'), [
    table([say('试验', 'trial'), say('内容', 'tried'), say('失败', 'failure'), say('补救', 'remedies')], rows),
  ]);
}

/** `nan (the loss was not a finite number)`; a kind that nobody knows stands alone. */
function kindText({ kind }: Failure, say: Say): string {
  const means = Object.hasOwn(FAILURE_KINDS, kind) ? say.told(FAILURE_KINDS[kind]) : null;
  return means === null ? kind : `${kind}${say.cell(`（${means}）`, ` (${means})`)}`;
}

/** Trainings whose curve was hopeless, with what the limit was made from. */
function endedEarly(state: RunState, say: Say): Section[] {
  const pruned = state.trials.flatMap((trial) =>
    trial.failure?.kind === 'pruned' ? [{ trial, ...trial.failure }] : [],
  );
  if (pruned.length === 0) return [];
  const rows = pruned.map(({ trial, message, facts }) => {
    const { evidence } = facts;
    return [
      String(trial.number),
      say.told(trialTitle(trial)),
      say.told(message),
      typeof evidence === 'string' ? say.told(evidence) : '–',
    ];
  });
  return section('ended-early', say('提前结束的训练', 'Trainings that ended early'), [
    ...paragraphs(say, '它们没有得分。', 'They have no score.'),
    table([say('试验', 'trial'), say('内容', 'tried'), say('结束', 'end'), say('依据', 'evidence')], rows),
  ]);
}

function interruptions(state: RunState, secondAttempts: readonly SecondAttempt[], say: Say): Section[] {
  const interrupted = state.trials.filter(
    (trial) => (trial.result?.attempts ?? 1) > 1 || (trial.result?.warnings.length ?? 0) > 0,
  );
  if (interrupted.length === 0 && secondAttempts.length === 0) return [];
  const resumptions = interrupted.map((trial) => {
    const { attempts, resumedFrom, warnings } = trial.result!;
    const resumed =
      attempts > 1
        ? `${attempts} ${say('次尝试，恢复于步', 'attempts, resumed from step')} ${resumedFrom.join(', ')}${say.cell('。', '. ')}`
        : '';
    return [
      `#${trial.number} ${say.told(trialTitle(trial, state.trials))}: ${resumed}${warnings.map(say.told).join('; ')}`,
    ];
  });
  const again = secondAttempts.map(({ at, activity, attempt, what, note }) => [
    `${at}: ${activity}${what ? ` (${what})` : ''}, ${note === undefined ? say(`第 ${attempt} 次尝试，前一次没有完成`, `attempt ${attempt}, the one before did not end`) : say.told(note)}`,
  ]);
  return section('interruptions', say('中断与恢复', 'Interruptions'), [list([...resumptions, ...again])]);
}

function refusals(state: RunState, say: Say): Section[] {
  if (state.refusals.length === 0) return [];
  const rows = state.refusals.map((refusal) => [
    inlineCode(refusal.step),
    inlineCode(refusal.proposal || '–'),
    say.told(refusal.why),
  ]);
  return section('refusals', say('被拒绝的建议', 'Refused suggestions'), [
    table([say('步骤', 'step'), say('建议', 'proposal'), say('原因', 'why')], rows),
  ]);
}

function decisions(state: RunState, say: Say): Section[] {
  if (state.decisions.length === 0) return [];
  const rows = state.decisions.map((decision) => [
    moment(decision.at),
    decision.gate === null ? '–' : questionName(decision.gate, say),
    decision.decision,
    decision.by,
    say.told(decision.outcome),
  ]);
  return section('decisions', say('人的决定', 'Decisions by people'), [
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
  ]);
}

/** `after round 2 of LEARNING_RATE`, made from the question's id; one of another form is shown as it is. */
function questionName(gate: string, say: Say): string {
  const [, key = '', what, number] = /^(?:([A-Z0-9_]+)\/)?(round|training|end)(?:-(\d+))?$/.exec(gate) ?? [];
  if (what === 'round') return say.cell(`${key} 第 ${number} 轮之后`, `after round ${number} of ${key}`);
  if (what === 'end') return say.cell(`${key} 之后`, `after ${key}`);
  if (what === 'training') return say.cell(`搜索的第 ${number} 次训练之后`, `after training ${number} of the search`);
  return gate;
}

function notes({ state, notesOfPeople }: ReportFacts, say: Say): Section[] {
  const { trials: missing } = state.archived;
  const elsewhere = say(
    `本报告缺少 ${missing} 次较早的训练：其存档在另一台机器上。`,
    `${missing} earlier trainings are missing here: their archive lies on another machine.`,
  );
  const told = state.notes.map(say.told);
  const all = missing > 0 ? [elsewhere, ...told] : told;
  // Those on trials stand where the trials are.
  const ofPeople = notesOfPeople.filter(({ trial }) => trial === null).map((note) => noteBlock(note, say));
  const ofRun = all.length > 1 ? [list(all.map((note) => [note]))] : all.map((note) => paragraph(note));
  return section('notes', say('备注', 'Notes'), [...ofPeople, ...ofRun]);
}
