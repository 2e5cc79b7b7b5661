/** The archive of a long run: written once whatever dies, read by the search model, the report and the record. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { keepRecord } from '../../src/activities/reporting.ts';
import { studySearchWith } from '../../src/activities/studying.ts';
import { putAway, whatToPutAway } from '../../src/domain/archive.ts';
import type { RunState } from '../../src/domain/runState.ts';
import type { StudyRequest } from '../../src/domain/study.ts';
import { studyRequest } from '../../src/domain/studyRequest.ts';
import { writeReportFiles } from '../../src/reports/writeReport.ts';
import { runLayout } from '../../src/training/layout.ts';
import { readRunRecord, wholeState } from '../../src/training/runRecord.ts';
import { recordTrainings, run } from '../domain/runs.ts';
import { studyInOrder } from '../workflows/studyInOrder.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'archive-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const TRAININGS = 300;

function longRun(): RunState {
  const state = run(`OUTPUT_DIR_ROOT=${folder}`, `REPORT_DIR=${folder}`);
  recordTrainings(state, TRAININGS);
  state.notes = Array.from({ length: 120 }, (_, index) => `note ${index}`);
  return state;
}

const layoutOf = (state: RunState) => runLayout(folder, state.run);
const keep = (state: RunState): Promise<unknown> =>
  new MockActivityEnvironment().run(keepRecord, { state, workflowId: 'w', away: whatToPutAway(state)! });

describe('what is put away', () => {
  test('is in the archive once, though it was kept twice and a line was cut off', async () => {
    const state = longRun();
    await keep(state);
    const { archive } = layoutOf(state);
    const whole = readFileSync(archive, 'utf8');
    writeFileSync(archive, whole.slice(0, -20));
    await keep(state);
    const lines = readFileSync(archive, 'utf8').trimEnd().split('\n');
    appendFileSync(archive, '{"kind":"tri');
    await keep(state);
    expect(readFileSync(archive, 'utf8').trimEnd().split('\n')).toEqual([...lines, '{"kind":"tri']);
    expect(lines).toHaveLength(whole.trimEnd().split('\n').length + 1);
    const before = structuredClone(state);
    putAway(state, whatToPutAway(state)!);
    expect(state.trials.length).toBeLessThan(100);
    expect(await wholeState(state)).toEqual(before);
  });

  test('is in the record of the run and in its report', async () => {
    const state = longRun();
    await keep(state);
    putAway(state, whatToPutAway(state)!);
    await new MockActivityEnvironment().run(keepRecord, { state, workflowId: 'w' });
    const record = await readRunRecord(folder, state.run);
    expect(record!.state.trials.map(({ number }) => number)).toEqual(
      Array.from({ length: TRAININGS }, (_, index) => index + 1),
    );
    expect(record!.state.notes).toHaveLength(120);
    const { path: report } = await writeReportFiles(await wholeState(state), { workflowId: 'w', root: '/' });
    expect(readFileSync(path.join('/', report), 'utf8')).not.toContain('another machine');
  });

  test('is told as missing in a report that is written where the archive is not', async () => {
    const state = longRun();
    putAway(state, whatToPutAway(state)!);
    const { path: report } = await writeReportFiles(await wholeState(state), { workflowId: 'w', root: '/' });
    expect(readFileSync(path.join('/', report), 'utf8')).toContain(
      `${TRAININGS - state.trials.length} earlier trainings are missing here`,
    );
  });

  test('is known to the search model, each training once', async () => {
    const state = longRun();
    await keep(state);
    const asked: StudyRequest[] = [];
    const search = studySearchWith({
      study: async (request) => {
        asked.push(request);
        return studyInOrder(request);
      },
    });
    const ask = () =>
      new MockActivityEnvironment().run(search, { run: state.run, study: studyRequest(state, null, 1) });
    await ask();
    const away = whatToPutAway(state)!;
    putAway(state, away);
    await ask();
    // Kept, but for what was lost on the way back: it is in the archive and in the state.
    state.trials.unshift((await wholeState(state)).trials.find(({ number }) => number === away.trials[0])!);
    await ask();
    const rates = asked.map(({ trials }) => trials.map(({ values }) => values['LEARNING_RATE']).sort());
    expect(rates[1]).toEqual(rates[0]);
    expect(rates[2]).toEqual(rates[0]);
    expect(asked.every((request) => !('archived' in request))).toBe(true);
  });
});
