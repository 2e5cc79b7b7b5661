/** The report of a run that no language model advised: nothing in it is said to be one's. */
import { expect, test } from '@jest/globals';
import type { RunState } from '../../src/domain/runState.ts';
import { toMarkdownText } from '../../src/reports/markdown.ts';
import { sayIn } from '../../src/reports/phrases.ts';
import { reportOf } from '../../src/reports/report.ts';
import { studiedRun } from '../domain/studied.ts';

function unadvised(): RunState {
  const state = studiedRun();
  const { trials, usage } = state;
  return {
    ...state,
    adviser: { kind: 'local', model: 'search model (Gaussian process)', note: '' },
    plan: {
      baseConfig: { LEARNING_RATE: 1e-4 },
      priorityKeys: ['LEARNING_RATE'],
      reason: { zh: '规则', en: 'a rule' },
      proposedBy: 'adviser',
    },
    trials: trials.map((trial) => ({
      ...trial,
      predicted: trial.predicted && { ...trial.predicted, byAdviser: null },
    })),
    usage: { ...usage, calls: 0, attempts: 0, timeOuts: 0, adviserSeconds: 0 },
    summary: { text: { zh: '总结', en: 'made from the numbers' }, model: 'search model (Gaussian process)' },
  };
}

const markdownIn = (language: 'zh' | 'en') => {
  const facts = { state: unadvised(), workflowId: 'w', curves: new Map(), secondAttempts: [], notesOfPeople: [] };
  return toMarkdownText(reportOf(facts, () => [], sayIn(language)));
};

test("its plan is the local adviser's, its summary the program's, and no row counts calls that were never made", () => {
  const english = markdownIn('en');
  expect(english).toContain('Proposed by: local adviser.');
  expect(english).toMatch(/\| local adviser +\|/);
  expect(english).not.toMatch(/\| adviser +\|/);
  expect(english).toMatch(/## Summary\n+> made from the numbers/);
  expect(english).not.toContain("adviser's");
  expect(english).toMatch(/\| language model +\| +not asked, no cost \|/);
  expect(english).not.toMatch(/tokens|requests|waiting for the language model/);
});

test('in Chinese names the search model in Chinese', () => {
  const chinese = markdownIn('zh');
  expect(chinese).toContain('顾问：搜索模型（高斯过程）');
  expect(chinese).not.toContain('Gaussian process');
});
