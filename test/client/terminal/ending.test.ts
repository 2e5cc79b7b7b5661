/** The end of a run, its start and its leaving: the verdict is the last thing on the screen. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { closingLines, failedLines } from '../../../src/client/terminal/ending.ts';
import { dataLines, expectationLines, leavingLines } from '../../../src/client/terminal/startLines.ts';
import { LOG } from '../../../src/client/terminal/view.ts';
import { currentDetails } from '../../../src/domain/currentDetails.ts';
import { viewForDecisions } from '../../../src/domain/decisionView.ts';
import { progressOf } from '../../../src/domain/progress.ts';
import type { RunState } from '../../../src/domain/runState.ts';
import { leftText } from '../../../src/domain/estimateWords.ts';
import { setLanguage } from '../../../src/words/catalogue.ts';
import { FACTS, TIMING, run } from '../../domain/runs.ts';
import { studiedRun } from '../../domain/studied.ts';
import { FIRST, plainText, view } from './runs.ts';

afterEach(() => setLanguage('en'));

const ended = () => progressOf(studiedRun());

describe('the end of a run', () => {
  test('is its verdict, between rules, with what to do next, below figures and places', () => {
    const places = { webUi: 'http://127.0.0.1:8233/x', dashboard: 'http://127.0.0.1:8250/run/x' };
    const lines = plainText(closingLines({ ...ended(), report: 'docs/reports/r.md' }, view(80), places)).split('\n');
    const rules = lines.flatMap((line, index) => (/^━{80}$/.test(line) ? [index] : []));
    expect(rules).toHaveLength(2);
    expect(rules[1]).toBe(lines.length - 1);
    expect(lines[rules[0]! + 1]).toBe('  ✓ BETTER than the default · published: the tuned model');
    expect(lines.slice(rules[0]).join(' ').replace(/\s+/g, ' ')).toMatch(
      /Better: .*\+0\.0676 \[\+0\.0400, \+0\.0950\].*Published: the tuned model.* next /,
    );
    const before = lines.slice(0, rules[0]).join('\n');
    expect(before).toMatch(/dev score +held-out\n {2}untouched model +0\.6634 +0\.6577/);
    expect(before).toMatch(/model +models\/x\/best_overall_model \(also best_overall_model\)/);
    for (const place of ['docs/reports/r.md (and .html)', places.webUi, places.dashboard])
      expect(before).toContain(place);
  });

  test.each([
    ['worse', { mean: -0.03, low: -0.05, high: -0.01 }, '▼ WORSE than the default'],
    ['not_distinguishable', { mean: 0.01, low: -0.02, high: 0.04 }, '≈ NOT DISTINGUISHABLE from the default'],
  ] as const)('%s is said in words, not by colour alone', (verdict, difference, words) => {
    const state = studiedRun();
    state.confirmation = { ...state.confirmation!, verdict, difference };
    const published = { what: 'best' as const, why: { zh: '', en: '' } };
    expect(plainText(closingLines(progressOf({ ...state, published }), view(60)))).toContain(words);
  });

  test('of a run without held-out data, and of one whose default stayed, is no gain', () => {
    const unconfirmed = { ...studiedRun(), confirmation: null, published: null };
    expect(plainText(closingLines(progressOf(unconfirmed)))).toContain('? NOT CONFIRMED on held-out data');
    const state = studiedRun();
    const found = { ...state.confirmation!, difference: null };
    delete found.verdict;
    const published = { what: 'baseline' as const, why: { zh: '', en: '' } };
    const kept = { ...state, incumbent: state.baseline, confirmation: found, published };
    expect(plainText(closingLines(progressOf(kept)))).toContain(
      "= THE DEFAULT STAYS: nothing better was found · published: the default configuration's model",
    );
    expect(plainText(closingLines(progressOf(kept)))).not.toContain('best configuration');
  });

  test('in a log has the same words without rules', () => {
    const text = plainText(closingLines(ended()));
    expect(text).not.toContain('━');
    expect(text).toContain('✓ BETTER than the default');
    expect(text).toContain(
      'rounds advised by the language model: 1 of 3, asked 9 times, 2 without an answer in time, waited 34 s',
    );
  });

  test('is in the language of its reader', () => {
    setLanguage('zh');
    const text = plainText(closingLines(ended(), view(80)));
    expect(text).toContain('✓ 优于默认配置');
    expect(text).toContain('更好：留出得分');
    expect(text).toMatch(/下一步 +没有迹象表明/);
  });

  test('of a run that no language model advised says who did', () => {
    const state = studiedRun();
    for (const trial of state.trials) if (trial.proposedBy === 'adviser') trial.proposedBy = 'search';
    expect(plainText(closingLines(progressOf(state)))).toContain(
      'no round was advised by a language model: 3 by the search model',
    );
  });

  test('of one that failed names the kind of the failure, the reason and the way on', () => {
    const failed = { ...run(), status: 'failed' as const, endedEarly: 'column score is missing', failureKind: 'data' };
    const text = plainText(closingLines(progressOf(failed), view(80)));
    expect(text).toContain('✗ THE RUN FAILED');
    expect(text).toContain('the data cannot be used: column score is missing');
    expect(text).toContain('Mend what is named above');
    expect(text).toMatch(/npm run check-data\s+-- FILE/);
    expect(plainText(failedLines(null, null))).toMatch(/unknown reason[\s\S]*REUSE_TRIALS/);
  });
});

describe('what a run will take', () => {
  const begun = () => ({ ...run('TRAINING_SLOTS=1'), timing: TIMING, firstEstimate: FIRST, untouched: 0.6, spent: 8 });

  test('is said at the start, with what the data can show; data that are too few are a note', () => {
    const [time, data] = expectationLines(progressOf({ ...begun(), phase: 'baseline' }), LOG);
    expect(time).toMatch(/^ {2}expected +About 6 min \(4–9\) for up to 16 trainings$/);
    expect(plainText([data!])).toMatch(/precision +on 100 dev pairs only differences above 0\.06/);
    const { inspection } = FACTS;
    const splits = { ...inspection.data.splits, test: { rows: 20, name: 'test' } };
    const trainer = { ...FACTS, inspection: { ...inspection, data: { ...inspection.data, splits } } };
    expect(expectationLines(progressOf({ ...begun(), trainer }), LOG)).toHaveLength(1);
    expect(expectationLines(progressOf(run()), LOG)).toEqual([]);
  });

  test('is what is left while it runs, and what it took at the end', () => {
    const progress = progressOf({ ...begun(), phase: 'tuning' });
    const left = leftText(progress.estimate!.left!).en;
    expect(plainText(closingLines(progress))).toContain(`${left}; at first: About 6 min (4–9) for up to 16 trainings`);
    const over = progressOf({ ...begun(), phase: 'ended', status: 'completed', tookSeconds: 400 });
    expect(over.estimate!.left).toBeNull();
    expect(plainText(closingLines(over))).toMatch(/run +completed · 6:40\n +expected +About 6 min/);
    const tuning: RunState = { ...begun(), phase: 'tuning' };
    expect(currentDetails(tuning, viewForDecisions(tuning))).toMatch(
      /at first: About 6 min \(4–9\) .*; now about \d+ (s|min) left/,
    );
  });
});

test('the data of a run are told with their rows; an own training does not tell', () => {
  expect(dataLines(progressOf(run()), LOG)).toEqual([
    '  data         sample: 200 rows to train on, 100 for the score, 500 held out',
  ]);
  expect(dataLines({ ...progressOf(run()), data: null }, LOG)).toEqual([]);
  setLanguage('zh');
  const own = { ...progressOf(run()).data!, source: "the plug-in's own" };
  expect(plainText(dataLines({ ...progressOf(run()), data: own }, LOG))).toMatch(/^ *数据 +自定义训练自带：/);
});

test('a person who leaves is told that the run goes on, how to come back and how to end it', () => {
  const lines = leavingLines('tune-x', { webUi: null, dashboard: 'http://127.0.0.1:8250/run/tune-x' }, view(40));
  const text = plainText(lines);
  expect(text).toContain('The run goes on');
  expect(text).toContain('npm run attach -- tune-x');
  expect(text).toContain('npm run decide -- tune-x stop-now');
  expect(text).toContain('http://127.0.0.1:8250/run/tune-x');
});
