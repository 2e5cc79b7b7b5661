/** The report's structure, in each language, against what it was: `golden/<run>.<language>.txt`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { RunState } from '../../src/domain/runState.ts';
import { drawFigures, placeIn } from '../../src/reports/charts/figures.ts';
import type { Curves, ReportFacts } from '../../src/reports/facts.ts';
import { sayIn } from '../../src/reports/phrases.ts';
import type { ReportLanguage } from '../../src/reports/phrases.ts';
import { reportOf } from '../../src/reports/report.ts';
import { studiedRun } from '../domain/studied.ts';
import { fullRun } from './fullRun.ts';
import { outlineOf } from './outline.ts';

const GOLDEN = path.join(import.meta.dirname, 'golden');
const RENEW = 'RENEW_GOLDEN=1 npm test -- test/reports/golden.test.ts';

/** With curves, and notes on a trial of each list and on the run. */
function factsOf(state: RunState): ReportFacts {
  const curves = state.trials
    .filter(({ result }) => result)
    .map(({ id }, index) => {
      const at = [10, 20].map((step) => ({ step, epoch: null, loss: 2 - index / 10, learning_rate: null }));
      const curves: Curves = { curve: at, evals: [{ step: 25, epoch: null, score: 0.6 + index / 100 }] };
      return [id, curves] as const;
    });
  const notesOfPeople = [1, 2, 5, null].map((trial) => ({ id: `n${trial}`, trial, text: 'look here', at: 0 }));
  return { state, workflowId: 'w', curves: new Map(curves), secondAttempts: [], notesOfPeople };
}

const RUNS: Record<string, RunState> = { studied: studiedRun(), full: fullRun() };

test.each(
  Object.keys(RUNS).flatMap((run) => (['zh', 'en', 'mixed'] as const).map((language) => [run, language] as const)),
)(
  'the report of the run "%s" in %s has the sections, tables and charts that it had',
  async (run, language: ReportLanguage) => {
    const facts = factsOf(RUNS[run]!);
    const say = sayIn(language);
    const outline = outlineOf(reportOf(facts, placeIn('charts', await drawFigures(facts, say), say), say));
    const file = path.join(GOLDEN, `${run}.${language}.txt`);
    if (process.env['RENEW_GOLDEN']) {
      mkdirSync(GOLDEN, { recursive: true });
      writeFileSync(file, outline);
    }
    const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
    // In the values, so that a difference tells what to do with it.
    const hint = `if this is meant: ${RENEW}`;
    expect({ hint, outline }).toEqual({ hint, outline: before });
  },
);
