/** The words of a run in progress: the live block, and the line that each finished step leaves. */
import { formatDelta, formatScore, formatValue, trialTitle, trialVerdict } from '../domain/progress.ts';
import type { RunProgress } from '../domain/progress.ts';
import type { Trial } from '../domain/trials.ts';
import type { TrainingPointer } from '../training/watch.ts';
import { plain, styled } from './screen.ts';

const BAR_WIDTH = 24;
const PHASE_WORDS: Record<RunProgress['phase'], string> = {
  preparing: 'checking trainer, data, model and adviser',
  baseline: 'training the default configuration',
  planning: 'planning',
  tuning: 'tuning',
  confirming: 'scoring default and winner on held-out data',
  publishing: 'publishing the best model',
  summarising: 'summarising',
  reporting: 'writing the report',
  ended: 'ended',
};

/** The live block: what is trained now, how far, and the best so far. */
export function liveBlock(progress: RunProgress, pointer: TrainingPointer | null, elapsedSeconds: number): string {
  const where =
    progress.phase === 'tuning' && progress.key
      ? `${progress.key}, round ${progress.round} of ${progress.roundsPerKey}`
      : PHASE_WORDS[progress.phase];
  const best = progress.best ? `best ${styled('green', formatScore(progress.best.score))}` : 'no score yet';
  const head = `${styled('cyan', '●')} ${where} · ${best} · ${clock(elapsedSeconds)}`;
  return pointer?.totalSteps ? `${head}\n  ${trainingLine(pointer)}` : head;
}

function trainingLine(pointer: TrainingPointer): string {
  const share = Math.min(1, pointer.step / pointer.totalSteps!);
  const filled = Math.round(share * BAR_WIDTH);
  const parts = [
    `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} step ${pointer.step}/${pointer.totalSteps}`,
    pointer.epoch === null ? '' : `epoch ${pointer.epoch.toFixed(2)}`,
    pointer.loss === null ? '' : `loss ${pointer.loss.toFixed(3)}`,
    pointer.learningRate === null ? '' : `lr ${pointer.learningRate.toExponential(1)}`,
    pointer.pairsPerSecond === null ? '' : `${pointer.pairsPerSecond.toFixed(0)} pairs/s`,
    pointer.etaSeconds === null ? '' : `${clock(pointer.etaSeconds)} left`,
    pointer.phase === 'train' ? '' : pointer.phase,
  ];
  return parts.filter(Boolean).join(' · ');
}

/** The line that a finished trial leaves, with the adviser's reason below it. */
export function trialLines(trial: Trial): string[] {
  const mark = trial.failure ? styled('red', '✗') : trial.accepted ? styled('green', '✓') : '·';
  const outcome = trial.result
    ? `score ${formatScore(trial.result.score)} (Δ ${formatDelta(trial.delta)}), ${trialVerdict(trial)}, ${trial.result.trainSeconds.toFixed(0)} s`
    : `${trialVerdict(trial)}: ${plain(trial.failure?.message ?? '')}`;
  const lines = [
    `${mark} trial ${trial.number}  ${trialTitle(trial)}${trial.round ? `  [round ${trial.round}]` : ''}  ${outcome}`,
  ];
  if (trial.reason && trial.purpose === 'round')
    lines.push(styled('dim', `    ${trial.proposedBy}: ${plain(trial.reason.en)} ${plain(trial.reason.zh)}`));
  return lines;
}

/** What a run came to, for the end of the command. */
export function closingLines(progress: RunProgress): string[] {
  const { baseline, best, confirmation } = progress;
  const lines = [
    `${progress.status === 'completed' ? styled('green', 'Run completed') : `Run ${progress.status}`}${progress.endedEarly ? `: ${plain(progress.endedEarly)}` : ''}`,
  ];
  lines.push(...adviserLines(progress));
  if (baseline)
    lines.push(
      `  default configuration   ${formatScore(baseline.score)}${confirmation ? `   held-out ${formatScore(confirmation.baseline)}` : ''}`,
    );
  if (best)
    lines.push(
      `  best configuration      ${formatScore(best.score)}${confirmation ? `   held-out ${formatScore(confirmation.best)}` : ''}`,
      `    ${Object.entries(best.values)
        .map(([key, value]) => `${key}=${formatValue(value)}`)
        .join(' ')}`,
    );
  if (progress.bestModel) lines.push(`  best model   ${progress.bestModel} (also best_overall_model)`);
  if (progress.report) lines.push(`  report       ${progress.report} (and .html)`);
  return lines;
}

/** A run that no language model advised is not simply completed. */
function adviserLines({ status, advised: { byModel, byLocalOptimiser, byPerson }, adviser }: RunProgress): string[] {
  if (status === 'running' || byModel > 0) return [];
  const by = [
    byLocalOptimiser > 0 ? `${byLocalOptimiser} by the local optimiser` : '',
    byPerson > 0 ? `${byPerson} by a person` : '',
  ].filter(Boolean);
  const line = `  no round was advised by a language model${by.length > 0 ? `: ${by.join(', ')}` : ''}`;
  return [adviser?.kind === 'openai' ? styled('yellow', line) : line];
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`
    : `${minutes}:${String(whole % 60).padStart(2, '0')}`;
}
