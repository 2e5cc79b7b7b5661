/** Cells that the tables of trials share. */
import type { ScoreFormats } from '../../domain/formats.ts';
import { heldBy } from '../../domain/predictions.ts';
import type { RunState } from '../../domain/runState.ts';
import type { Origin, ProposedBy, Purpose, Trial } from '../../domain/trials.ts';
import { duration } from '../phrases.ts';
import type { Say } from '../phrases.ts';

/** Who proposed a training. Where no language model advises, the adviser is the local one, with rules of its own. */
export function proposer(by: ProposedBy, { adviser }: Pick<RunState, 'adviser'>, say: Say): string {
  const names: Record<ProposedBy, string> = {
    default: say.cell('默认', 'default'),
    adviser: adviser?.kind === 'local' ? say.cell('本地顾问', 'local adviser') : say.cell('顾问', 'adviser'),
    search: say.cell('搜索模型', 'search model'),
    earlier_run: say.cell('以往运行', 'an earlier run'),
    fallback: say.cell('后备优化器', 'fall-back'),
    person: say.cell('人', 'person'),
    agent: say.cell('程序', 'agent'),
  };
  return names[by];
}

/** A choice is the adviser's among the search model's candidates, or the search model's among those of a key. */
export function originText(origin: Origin, by: ProposedBy, say: Say): string {
  const names: Record<Origin, string> = {
    probe: say.cell('首次试探', 'first probe of a key'),
    gap: say.cell('首次试探：空隙中点', 'first probe of a key: middle of a gap'),
    model: say.cell('全部参数的模型', 'model of all keys'),
    joint: say.cell('同时改多个参数', 'several keys at once'),
    hint: say.cell('提示', 'hint'),
    choice:
      by === 'adviser'
        ? say.cell('从候选中选出', 'chosen among candidates')
        : say.cell('该参数的选项', 'choice of a key not tried yet'),
    own: say.cell('提议者自己的取值', "proposer's own value"),
  };
  return names[origin];
}

/** Those that say something of others, and compete with none. */
const MEASURED: ReadonlySet<Purpose> = new Set(['noise', 'opening', 'repeat', 'confirmation']);

export function acceptance({ failure, accepted, purpose }: Trial, say: Say): string {
  if (failure?.kind === 'inadmissible') return say.cell('⊘ 不满足约束', '⊘ inadmissible');
  if (failure) return failure.kind === 'pruned' ? say.cell('✂ 提前结束', '✂ ended early') : `✗ ${failure.kind}`;
  if (accepted) return say.cell('✓ 是', '✓ yes');
  return MEASURED.has(purpose) ? say.cell('仅测量', 'measured') : say.cell('否', 'no');
}

/** The same where no column says what is answered. */
export function outcomeText(trial: Trial, say: Say): string {
  if (trial.accepted) return say.cell('✓ 已采纳', '✓ accepted');
  return trial.failure || MEASURED.has(trial.purpose) ? acceptance(trial, say) : say.cell('未采纳', 'not accepted');
}

/** Wall seconds of a training; for a result of an earlier run, whose. */
export function timeOf({ result }: Trial, say: Say): string {
  if (!result) return '–';
  return result.from ? `${say.cell('取自', 'from')} ${result.from}` : duration(result.trainSeconds, say);
}

/** `0.6500 … 0.7200 ✓`: what was expected, and whether it came so; the adviser's interval after the search model's. */
export function expectedText(trial: Trial, { formatEnds }: ScoreFormats, say: Say): string {
  const { byModel, byAdviser } = trial.predicted ?? { byModel: null, byAdviser: null };
  const mark = (held: boolean | null) => (held === null ? '' : held ? ' ✓' : ' ✗');
  const parts = [
    byModel && `${formatEnds(byModel).join(' … ')}${mark(heldBy(trial, 'byModel'))}`,
    byAdviser &&
      `${say.cell('顾问', 'adviser')} ${formatEnds(byAdviser).join(' … ')}${mark(heldBy(trial, 'byAdviser'))}`,
  ];
  return parts.filter(Boolean).join('; ') || '–';
}
