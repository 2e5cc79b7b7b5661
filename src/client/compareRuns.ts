/** `compare`: two runs side by side, from their records on the disk alone. */
import Table from 'cli-table3';
import { compareStates } from '../domain/comparison.ts';
import type { ComparedRun, Comparison } from '../domain/comparison.ts';
import { formatValue, formatsOf } from '../domain/formats.ts';
import { metricWords } from '../domain/metric.ts';
import type { Metric } from '../domain/metric.ts';
import { shownColumn } from '../domain/shownScores.ts';
import type { RunState } from '../domain/runState.ts';
import { findRun, knownRuns, outputRootInForce } from './knownRuns.ts';
import type { KnownRun } from './knownRuns.ts';
import { EXIT } from './outcome.ts';
import { plain } from './screen.ts';
import { UserError } from './userError.ts';

/** No server is asked, and none is started. */
export async function compare(first: string, second: string, { json = false }: { json?: boolean }): Promise<number> {
  const outputRoot = outputRootInForce();
  const runs = await knownRuns({ server: null, problem: null, outputRoot });
  const comparison = compareStates(
    recordOf(findRun(runs, first), outputRoot),
    recordOf(findRun(runs, second), outputRoot),
  );
  const shown = { ...comparison, runs: comparison.runs.map(shownColumn) };
  process.stdout.write(json ? `${JSON.stringify(shown)}\n` : `${drawn(comparison)}\n`);
  return EXIT.done;
}

function recordOf({ run, record }: KnownRun, outputRoot: string): RunState {
  if (record) return record.state;
  throw new UserError(
    `${run} has no record in ${outputRoot} that can be read (run.json): it is written at the run's first parameter and at its end`,
    1,
  );
}

function drawn({ runs, settings, comparable }: Comparison): string {
  const [a, b] = runs;
  const table = new Table({ head: ['', a.run, b.run], style: { head: [], border: [] } });
  const put = (name: string, ours: string, theirs: string) => table.push([name, plain(ours), plain(theirs)]);
  for (const [name, cell] of ROWS) put(name, cell(a), cell(b));
  for (const key of tunedKeys(runs)) {
    const [ours, theirs] = runs.map(({ best }) => formatValue(best?.config[key])) as [string, string];
    put(`best: ${key}${ours === theirs ? '' : ' *'}`, ours, theirs);
  }
  for (const { section, key, values } of settings)
    put(`${section === 'TUNABLE_KEYS' ? 'space of ' : ''}${key} *`, said(values[0]), said(values[1]));
  return [
    table.toString(),
    '* differs',
    SCORES[comparable.scores],
    ...comparable.reasons.map((reason) => `  - ${plain(reason)}`),
  ].join('\n');
}

const SCORES: Record<Comparison['comparable']['scores'], string> = {
  yes: 'Scores are comparable: the same rows, model, looks and machine.',
  with_care: 'Scores are of the same rows; compare them with care:',
  no: 'Scores are not comparable:',
};

const ROWS: [string, (run: ComparedRun) => string][] = [
  ['status', ({ status }) => status],
  ['started', ({ started }) => started],
  ['model', ({ model }) => `${model.name} (${shortly(model.fingerprint)})`],
  ['data', ({ data }) => `${data.name} (${shortly(data.fingerprint)})`],
  [
    'rows: train, dev, held-out',
    ({ data: { rows } }) => (rows ? [rows.train, rows.dev, rows.test ?? '–'].join(', ') : '–'),
  ],
  ['adviser', ({ adviser }) => adviser ?? '–'],
  ['score', ({ metric }) => metricWords(metric).en],
  ['untouched model (dev)', ({ metric, untouched }) => formatsOf(metric).formatScore(untouched)],
  ['default (dev)', (run) => formatsOf(run.metric).formatScore(run.default)],
  [
    'best (dev)',
    ({ metric, best }) => (best ? `${formatsOf(metric).formatScore(best.score)}, trial ${best.trial}` : '–'),
  ],
  [
    'held-out: default, best',
    ({ metric, confirmation: held }) =>
      held ? [held.baseline, held.best].map(formatsOf(metric).formatScore).join(', ') : '–',
  ],
  ['held-out: difference (95 %)', ({ metric, confirmation }) => interval(metric, confirmation?.difference ?? null)],
  ['verdict', ({ confirmation }) => confirmation?.verdict?.replace('_', ' ') ?? '–'],
  ['published', ({ published }) => published?.what ?? '–'],
  ['trainings', ({ trainings }) => trainingsOf(trainings)],
  ['training seconds', ({ seconds }) => seconds.toFixed(0)],
  ['tokens', ({ tokens, costUsd }) => `${tokens}${costUsd === null ? '' : ` (${costUsd.toFixed(4)} US dollars)`}`],
];

const shortly = (fingerprint: string | null): string => fingerprint?.slice(0, 8) ?? 'unknown';
function interval(metric: Metric, difference: { mean: number; low: number; high: number } | null): string {
  const { formatDelta, formatDeltaEnds } = formatsOf(metric);
  return difference ? `${formatDelta(difference.mean)} (${formatDeltaEnds(difference).join(' to ')})` : '–';
}
const trainingsOf = ({ scored, failed, ofOtherRuns }: ComparedRun['trainings']): string =>
  [`${scored} scored`, `${failed} failed`, ...(ofOtherRuns > 0 ? [`${ofOtherRuns} taken from other runs`] : [])].join(
    ', ',
  );

const tunedKeys = (runs: Comparison['runs']): string[] => [
  ...new Set(runs.flatMap(({ best }) => Object.keys(best?.config ?? {}))),
];

function said(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return formatValue(value);
  return value === null ? 'null' : JSON.stringify(value);
}
