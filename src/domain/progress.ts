/** What a client shows of a run: a view of its state, and the table in Temporal's Web UI. */
import { adviceRecord } from './adviceRecord.ts';
import type { AdviceRecord } from './adviceRecord.ts';
import type { Gate } from './decisions.ts';
import type { AdviserFacts, Confirmation, FixedParameter, Phase, RunState, RunStatus } from './runState.ts';
import { baselineOf, incumbentOf } from './runState.ts';
import type { AgentSettings } from './settings.ts';
import type { Trial, Values } from './trials.ts';
import type { Usage } from './usage.ts';

/** Rounds by who proposed their value; what earlier runs are believed for counts with the search model that tries it. */
export interface Advised {
  byModel: number;
  byLocalOptimiser: number;
  byPerson: number;
}

/** What the language model did for the run, and what it took: `n of m` rounds in how many seconds and requests. */
export interface LanguageModelShare {
  rounds: number;
  of: number;
  /** Seconds that the run waited for its answers. */
  waitedSeconds: number;
  /** Requests that were sent, those without a whole reply in time among them, and replies. */
  attempts: number;
  timeOuts: number;
  replies: number;
  /** Why it is not asked any more; null while it is. */
  closed: string | null;
  record: AdviceRecord;
}

/** What the adviser is asked with; the key is never among it. */
export interface AdviserSettingsShown {
  ADVISER: AgentSettings['ADVISER'];
  model: string;
  /** Null: the workers' own. */
  server: string | null;
  /** Where the key came from: `environment`, `.env`, `none`, or `workers`. */
  keyFrom: string;
}

export interface RunProgress {
  run: string;
  phase: Phase;
  status: RunStatus;
  adviser: AdviserFacts | null;
  adviserSettings: AdviserSettingsShown;
  key: string | null;
  round: number;
  roundsPerKey: number;
  queue: string[];
  fixed: FixedParameter[];
  gate: Gate | null;
  paused: boolean;
  interactive: boolean;
  baseline: { trial: string; score: number } | null;
  best: { trial: string; score: number; values: Values } | null;
  lastTrial: Trial | null;
  trials: { asked: number; trained: number; failed: number; cached: number };
  usage: Usage;
  advised: Advised;
  /** Null: no language model advises. */
  languageModel: LanguageModelShare | null;
  confirmation: Confirmation | null;
  notes: string[];
  endedEarly: string | null;
  failureKind: string | null;
  bestModel: string | null;
  report: string | null;
}

export function progressOf(state: RunState): RunProgress {
  const baseline = baselineOf(state);
  const best = incumbentOf(state);
  const failed = state.trials.filter((trial) => trial.failure).length;
  return {
    run: state.run,
    phase: state.phase,
    status: state.status,
    adviser: state.adviser,
    adviserSettings: adviserSettingsOf(state),
    key: state.phase === 'tuning' ? (state.queue[0] ?? null) : null,
    round: state.round,
    roundsPerKey: state.config.AGENT_SETTINGS.ROUNDS_PER_PARAM,
    queue: state.queue,
    fixed: state.fixed,
    gate: state.inbox.gate,
    paused: state.inbox.paused,
    interactive: state.inbox.interactive,
    baseline: baseline && { trial: baseline.id, score: baseline.result.score },
    best: best && { trial: best.id, score: best.result.score, values: best.values },
    lastTrial: state.trials.at(-1) ?? null,
    trials: {
      asked: state.trials.length + state.cached,
      trained: state.trials.length - failed,
      failed,
      cached: state.cached,
    },
    usage: state.usage,
    advised: advisedRounds(state),
    languageModel: languageModelShare(state),
    confirmation: state.confirmation,
    notes: state.notes,
    endedEarly: state.endedEarly,
    failureKind: state.failureKind,
    bestModel: state.bestModel,
    report: state.report,
  };
}

function adviserSettingsOf({ config: { AGENT_SETTINGS: settings }, adviserAccess }: RunState): AdviserSettingsShown {
  return {
    ADVISER: settings.ADVISER,
    model: settings.GPT_MODEL,
    server: settings.GPT_BASE_URL,
    keyFrom: adviserAccess?.origin ?? 'workers',
  };
}

/** Who proposed the rounds that were trained, or answered from a known trial. */
export function advisedRounds({ trials, adviser }: RunState): Advised {
  const rounds = trials.filter((trial) => trial.purpose === 'round');
  const by = (who: Trial['proposedBy']) => rounds.filter((trial) => trial.proposedBy === who).length;
  const byAdviser = by('adviser');
  const byModel = adviser?.kind === 'openai' ? byAdviser : 0;
  const bySearch = by('search') + by('fallback') + by('earlier_run');
  return { byModel, byLocalOptimiser: bySearch + byAdviser - byModel, byPerson: by('person') };
}

/** The language model's share in a run, for terminal, JSON and report; null for a run without one. */
export function languageModelShare(state: RunState): LanguageModelShare | null {
  const { adviser, usage, trials } = state;
  if (adviser?.kind !== 'openai') return null;
  return {
    rounds: advisedRounds(state).byModel,
    of: trials.filter(({ purpose }) => purpose === 'round').length,
    waitedSeconds: usage.adviserSeconds,
    attempts: usage.attempts,
    timeOuts: usage.timeOuts,
    replies: usage.calls,
    closed: state.adviserClosed,
    record: adviceRecord(trials),
  };
}

/** A score as people read it: four decimals, or a dash. */
export function formatScore(score: number | null | undefined): string {
  return score === null || score === undefined ? '–' : score.toFixed(4);
}

/** A parameter value as people read it: 2e-5 rather than 0.00002. */
export function formatValue(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (value !== 0 && Math.abs(value) < 1e-3)
    return value
      .toExponential()
      .replace(/e([+-])0*/, 'e$1')
      .replace('e+', 'e');
  return String(value);
}

export function formatDelta(delta: number | null): string {
  if (delta === null) return '–';
  return `${delta >= 0 ? '+' : '−'}${Math.abs(delta).toFixed(4)}`;
}

/** What was tried in a trial: the key and value of a round, or the name of its purpose. */
export function trialTitle(trial: Trial): string {
  if (trial.key) return `${trial.key} = ${formatValue(trial.values[trial.key])}`;
  if (trial.purpose === 'baseline') return 'default configuration';
  return trial.purpose === 'base_config' ? 'base configuration' : `confirmation, seed ${trial.seed}`;
}

export function trialVerdict(trial: Trial): string {
  if (trial.failure) return `failed: ${trial.failure.kind}`;
  if (trial.purpose === 'confirmation') return 'measured';
  return trial.accepted ? 'accepted' : 'kept incumbent';
}

const escapeCell = (text: string): string => text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ');

/** Markdown for the current details of the workflow: where the run is, and a line per trial. */
export function detailsTable(state: RunState): string {
  const { phase, inbox, round, queue } = state;
  const best = incumbentOf(state);
  const where =
    phase === 'tuning' && queue[0]
      ? `tuning **${queue[0]}**, round ${round} of ${state.config.AGENT_SETTINGS.ROUNDS_PER_PARAM}`
      : phase;
  const waiting = inbox.gate
    ? `\n\n**Waiting for a decision** (${escapeCell(inbox.gate.id)}): signal \`continue\` or \`stop\` {"scope": "round" | "parameter" | "run" | "now"}, or \`override\` {"key", "value"}.`
    : '';
  const rows = state.trials.map((trial) => {
    const cells = [
      String(trial.number),
      escapeCell(trialTitle(trial)),
      trial.round === null ? '–' : String(trial.round),
      formatScore(trial.result?.score),
      formatDelta(trial.delta),
      trialVerdict(trial),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `**${state.run}**: ${where}${inbox.paused ? ' (paused)' : ''}. Best ${formatScore(best?.result.score)}.${waiting}`,
    '',
    '| trial | tried | round | score | Δ | decision |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
