/** The optional opening (OPENING_SHARE): which changes are worth a whole training, tried on a share of the rows first. */
import { formatsOf } from '../domain/formats.ts';
import { costOf, sharesFrom, survivors } from '../domain/opening.ts';
import { trainingsLeft } from '../domain/pool.ts';
import { baselineOf } from '../domain/runTrials.ts';
import { said } from '../domain/said.ts';
import { explain } from '../domain/searchWords.ts';
import type { Candidate } from '../domain/study.ts';
import { studySearch } from './deciding.ts';
import { endIfAsked } from './gates.ts';
import type { Host } from './host.ts';
import { trainAll } from './training.ts';

/**
 * What survives becomes hints: ordinary trainings on all rows, tried first. It takes of the pool what its shares add up to.
 *
 * @throws EndRun when a person or a budget ends the run.
 */
export async function openOnShare(host: Host): Promise<void> {
  const { state } = host;
  const { OPENING_SHARE: first, MAX_PRIORITY_PARAMS: keys } = state.config.AGENT_SETTINGS;
  const formats = formatsOf(state);
  const baseline = baselineOf(state);
  if (first === null || !baseline) return;
  const study = await studySearch(host, null, 2 * keys);
  let field: readonly Candidate[] = study?.next ?? [];
  let why = '';
  for (const share of sharesFrom(first)) {
    endIfAsked(host);
    // What survives must still be tried on all rows.
    if (field.length === 0 || costOf(field.length, share) + 1 > trainingsLeft(state)) break;
    state.spent += costOf(field.length, share);
    const common = { purpose: 'opening' as const, share };
    const [reference, ...trials] = await trainAll(host, [
      { ...common, key: null, values: baseline.values, change: {}, proposedBy: 'default', reason: null },
      ...field.map((candidate) => ({
        ...common,
        key: null,
        values: { ...baseline.values, ...candidate.change },
        change: candidate.change,
        proposedBy: 'search' as const,
        origin: candidate.origin,
        reason: explain(candidate, study!, formats),
      })),
    ]);
    const base = reference!.result?.score ?? null;
    const scores = trials.map(({ result }) => result?.score ?? null);
    const left = survivors(field, scores, base);
    field = left.map(({ contestant }) => contestant);
    why = said`on ${Math.round(100 * share)} % of the rows better than the default (${formats.formatScore(base)})`;
  }
  if (why === '') return;
  state.hints.push(...field.slice(0, keys).map(({ change }) => ({ change, by: 'search' as const, source: why })));
}
