/** `compare`: two runs side by side, from their records on the disk alone. */
import Table from 'cli-table3';
import { compareStates } from '../domain/comparison.ts';
import type { ComparedRun, Comparison } from '../domain/comparison.ts';
import { formatValue, formatsOf } from '../domain/formats.ts';
import { metricWords } from '../domain/metric.ts';
import type { Metric } from '../domain/metric.ts';
import { shownColumn } from '../domain/shownScores.ts';
import type { RunState } from '../domain/runState.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { findRun, knownRuns, outputRootInForce } from '../runs/knownRuns.ts';
import type { KnownRun } from '../runs/knownRuns.ts';
import { publishedWord, statusWord, verdictWord } from '../runs/statusWords.ts';
import { UserError } from '../runs/userError.ts';
import { plain } from './screen.ts';
import { language, t, translated } from '../words/catalogue.ts';

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
    t`${run} has no record in ${outputRoot} that can be read (run.json): it is written at the run's first parameter and at its end`,
    1,
  );
}

function drawn({ runs, settings, comparable }: Comparison): string {
  const [a, b] = runs;
  const table = new Table({ head: ['', a.run, b.run], style: { head: [], border: [] } });
  const put = (name: string, ours: string, theirs: string) => table.push([name, plain(ours), plain(theirs)]);
  for (const [name, cell] of rows()) put(name, cell(a), cell(b));
  for (const key of tunedKeys(runs)) {
    const [ours, theirs] = runs.map(({ best }) => formatValue(best?.config[key])) as [string, string];
    put(`${t`best: ${key}`}${ours === theirs ? '' : ' *'}`, ours, theirs);
  }
  for (const { section, key, values } of settings)
    put(`${section === 'TUNABLE_KEYS' ? t`space of ${key}` : key} *`, written(values[0]), written(values[1]));
  return [
    table.toString(),
    t`* differs`,
    scoresWord(comparable.scores),
    ...comparable.reasons.map((reason) => `  - ${translated(plain(reason))}`),
  ].join('\n');
}

function scoresWord(scores: Comparison['comparable']['scores']): string {
  if (scores === 'yes') return t`Scores are comparable: the same rows, model, looks and machine.`;
  return scores === 'no' ? t`Scores are not comparable:` : t`Scores are of the same rows; compare them with care:`;
}

const rows = (): [string, (run: ComparedRun) => string][] => [
  [t`status`, ({ status }) => statusWord(status)],
  [t`started`, ({ started }) => started],
  [t`model`, ({ model }) => `${model.name} (${shortly(model.fingerprint)})`],
  [t`data`, ({ data }) => `${data.name} (${shortly(data.fingerprint)})`],
  [
    t`rows: train, dev, held-out`,
    ({ data: { rows } }) => (rows ? [rows.train, rows.dev, rows.test ?? '–'].join(', ') : '–'),
  ],
  [t`adviser`, ({ adviser }) => (adviser === null ? '–' : translated(adviser))],
  [t`score`, ({ metric }) => metricWords(metric)[language()]],
  [t`untouched model (dev)`, ({ metric, untouched }) => formatsOf(metric).formatScore(untouched)],
  [t`default (dev)`, (run) => formatsOf(run.metric).formatScore(run.default)],
  [
    t`best (dev)`,
    ({ metric, best }) => (best ? t`${formatsOf(metric).formatScore(best.score)}, trial ${best.trial}` : '–'),
  ],
  [
    t`held-out: default, best`,
    ({ metric, confirmation: held }) =>
      held ? [held.baseline, held.best].map(formatsOf(metric).formatScore).join(', ') : '–',
  ],
  [t`held-out: difference (95 %)`, ({ metric, confirmation }) => interval(metric, confirmation?.difference ?? null)],
  [t`verdict`, ({ confirmation }) => verdictWord(confirmation?.verdict ?? null)],
  [t`published`, ({ published }) => publishedWord(published?.what ?? null)],
  [t`trainings`, ({ trainings }) => trainingsOf(trainings)],
  [t`training seconds`, ({ seconds }) => seconds.toFixed(0)],
  [
    t`tokens`,
    ({ tokens, costUsd }) => (costUsd === null ? `${tokens}` : t`${tokens} (${costUsd.toFixed(4)} US dollars)`),
  ],
];

const shortly = (fingerprint: string | null): string => fingerprint?.slice(0, 8) ?? t`unknown`;
function interval(metric: Metric, difference: { mean: number; low: number; high: number } | null): string {
  const { formatDelta, formatDeltaEnds } = formatsOf(metric);
  return difference
    ? t`${formatDelta(difference.mean)} (${formatDeltaEnds(difference)[0]} to ${formatDeltaEnds(difference)[1]})`
    : '–';
}
function trainingsOf({ scored, failed, ofOtherRuns }: ComparedRun['trainings']): string {
  return ofOtherRuns > 0
    ? t`${scored} scored, ${failed} failed, ${ofOtherRuns} taken from other runs`
    : t`${scored} scored, ${failed} failed`;
}

const tunedKeys = (runs: Comparison['runs']): string[] => [
  ...new Set(runs.flatMap(({ best }) => Object.keys(best?.config ?? {}))),
];

function written(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return formatValue(value);
  return value === null ? 'null' : JSON.stringify(value);
}
