import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeReportFiles } from '../../src/reports/writeReport.ts';
import { modelCard } from '../../src/reports/modelCard.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { studiedRun } from '../domain/studied.ts';
import { fullRun } from './fullRun.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'report-'));
});
afterEach(() => rmSync(root, { recursive: true }));

async function written(state: RunState): Promise<{ markdown: string; html: string; folder: string }> {
  const { path: name } = await writeReportFiles(state, { workflowId: 'tuning-test', root });
  const file = path.join(root, name);
  return {
    markdown: readFileSync(file, 'utf8'),
    html: readFileSync(file.replace(/\.md$/, '.html'), 'utf8'),
    folder: path.dirname(file),
  };
}

/** The lines of a section, up to the next heading. */
const section = (markdown: string, title: string): string =>
  markdown
    .replaceAll('\\', '')
    .split(/^## /m)
    .find((part) => part.startsWith(title)) ?? '';

describe('what a run was expected to take', () => {
  const firstEstimate = {
    seconds: { low: 240, middle: 360, high: 540 },
    trainings: { low: 2, middle: 4, high: 16 },
    usd: { low: 0.005, middle: 0.01, high: 0.02 },
  };

  test('stands beside what it took, with the difference in per cent, and what the data can show', async () => {
    const state = { ...fullRun('why', 'REPORT_LANGUAGE=en'), firstEstimate, tookSeconds: 396, untouched: 0.6 };
    const text = section((await written(state)).markdown, 'Expected and real');
    expect(text).toMatch(/left out +\| +6 min \(4–9\) \| +6 min 36 s \| +\+10 % \|/);
    expect(text).toMatch(/trainings +\| +4 \(2–16\) \| +3 \| +−25 % \|/);
    expect(text).toMatch(/adviser +\| +\$0\.01 \(\$0\.005–\$0\.02\) \| +\$0\.01 \| +\+23 % \|/);
    expect(text).toContain('What the data can show: on 100 dev pairs only differences above');
  });

  test('is not there for a run of an earlier release', async () => {
    expect((await written(fullRun('why', 'REPORT_LANGUAGE=en'))).markdown).not.toContain('Expected and real');
  });
});

describe('the report of a run that a search model guided', () => {
  test('begins with the verdict, what was published and why, and what to do next', async () => {
    const { markdown } = await written(studiedRun('REPORT_LANGUAGE=en'));
    const [title, verdict] = markdown.replaceAll('\\', '').split(/\n\n/);
    expect(title).toBe('# Tuning report');
    expect(verdict).toMatch(/^> \*\*✓ Better than the default on held-out data\*\*/);
    for (const line of [
      '**Gained:** held-out score (Spearman), default → winner 0.6676 → **0.7352**, +0.0676 (95 % interval +0.0400 to +0.0950)',
      '**Trust:** 500 held-out pairs, 2 seeds; the interval leaves out 0',
      '**Published:** **the tuned model** – held-out data confirm that it is better',
      '**Next:** Nothing measured says that more would pay',
      '**Spent:** 9 trials (1 ended early, 1 taken from earlier runs), ',
    ])
      expect(verdict).toContain(`> - ${line}`);
  });

  test('tells the noise with its seeds and cost, and the repeats as paired differences', async () => {
    const text = section((await written(studiedRun('REPORT_LANGUAGE=en'))).markdown, 'Noise');
    expect(text).toContain(
      '0.0048 at the default, 0.0067 at the best (from 3 trainings beyond the first of their configuration, and a guess that counts as one more)',
    );
    expect(text).toContain('42: 0.6700, 43: 0.6750, 44: 0.6660');
    expect(text).toContain('took 3 more trainings, 24.0 s');
    expect(text).toMatch(
      /NUM_TRAIN_EPOCHS = 3, seed 43 +\| +0\.7550 \| #2 default configuration, seed 43 +\| +0\.6750 \| \+0\.0800/,
    );
  });

  test('tells each step: where it came from, what was expected and whether it came so, and whose result was reused', async () => {
    const { markdown } = await written(studiedRun('REPORT_LANGUAGE=en'));
    const text = section(markdown, 'Steps of the search');
    expect(text).toMatch(
      /LEARNING_RATE = 1e-4`? .*0\.6500 … 0\.7200 ✓.*search model: first probe.*from tune-20251231-000000/,
    );
    expect(text).toMatch(/0\.6800 … 0\.7300 ✗; adviser 0\.7500 … 0\.8000 ✓.*adviser: chosen among candidates/);
    expect(text).toContain('✂ ended early');
    expect(text).toMatch(
      /One parameter was searched after the other \(SEARCH: by\\?_parameter\)\. Δ is the difference/,
    );
    expect(section(markdown, 'Reasons of the steps')).toMatch(/#4 LEARNING.*— 0\.7000, ✓ accepted/);
    expect(section(markdown, 'Metrics')).toMatch(/confirmation of the winner, seed 1042 +\| +0\.7000 \| +0\.7000 \|/);
    expect(text).toMatch(/`LEARNING_RATE = 1e-4` \(left early after 1 rounds\) below noise it is/);
    expect(text).toContain('How the search ended:** ends by itself, it does');
    expect(section(markdown, 'Default and base configuration')).toMatch(/untouched model.*0\.6634/);
    expect(section(markdown, 'Trainings that ended early')).toContain('below 0.65, made from 4 trainings');
    expect(section(markdown, 'Failures')).toBe('');
  });

  test('tells the confirmation by arm and seed, the record of predictions, and what could still be gained', async () => {
    const { markdown } = await written(studiedRun('REPORT_LANGUAGE=en'));
    const confirmed = section(markdown, 'Default against winner');
    expect(confirmed).toContain('over pairs and the randomness of training (2 seeds; Obuchowski & Rockette 1995)');
    expect(confirmed).toMatch(/\| 42 +\| +0\.6676 \| +0\.7352/);
    expect(confirmed).toMatch(/\| 1042 +\| +0\.6651 \| +– \|/);
    expect(confirmed).toMatch(/standard error of one score \| +winner − default \|\n/);
    // The untouched model stands in the table above alone, not in the column of the default's seeds.
    expect(confirmed).toMatch(/\| held-out +\| +500 \| +0\.6577 \| +0\.6676 \| +0\.7352 \| +±0\.0232 \| +\+0\.0676 \|/);
    expect(confirmed).not.toMatch(/\| untouched model +\|/);
    const record = section(markdown, 'Predictions and proposals');
    expect(record).toContain("of the search model's 1 / 2 (50 %); of the adviser's 1 / 1 (100 %)");
    expect(record).toContain('own values: none; chosen among candidates: 1 trained, 1 accepted, gain +0.0600');
    expect(section(markdown, 'What could still be gained')).toMatch(
      /More trainings:[\s\S]*More dev pairs:[\s\S]*More training data:/,
    );
    expect(markdown).toContain('gpt-test (1 of 3 rounds)');
  });

  test('of an earlier release has none of these sections', async () => {
    const { markdown } = await written(fullRun('x', 'REPORT_LANGUAGE=en'));
    expect(markdown).not.toMatch(/## (Noise|Steps of the search|What could still be gained|Predictions)/);
  });

  test('in both languages at once, and in Chinese alone', async () => {
    const mixed = (await written(studiedRun())).markdown;
    expect(mixed).toMatch(/留出数据上优于默认配置 Better than the default[\s\S]*\*\*提升\*\*：[\s\S]*\*\*Gained:\*\*/);
    // No cell says the same twice.
    expect(mixed).toContain('| ✓ yes');
    expect(mixed).not.toContain('✓ 是');
    const chinese = (await written(studiedRun('REPORT_LANGUAGE=zh'))).markdown;
    expect(chinese).toContain('**提升**：留出得分（Spearman，默认 → 最优）');
    expect(chinese).toContain('✓ 是');
    expect(chinese).toContain('（训练 200，验证 100，留出 500 个句对）');
    expect(chinese).toContain('（+0.0900；噪声约 ±0.0456：大于噪声）；未训练的原模型 0.6634');
    expect(chinese).not.toMatch(/Better|Noise|expected|default configuration/);
  });
});

describe('the report', () => {
  test('tells what was found, every trial, failures, refusals, decisions, confirmation, cost, configuration and provenance', async () => {
    const { markdown } = await written(fullRun());
    for (const text of [
      '0.6123',
      '0.6789',
      '+0.0666',
      'LEARNING_RATE 2e-5 → 1e-4',
      '0.6001',
      '0.6502',
      '+0.0200',
      'SEED is protected',
      'ann (terminal)',
      'resumed from step 50',
      'TRAIN_BATCH_SIZE = 8 → TRAIN_BATCH_SIZE = 4',
      '$0.0123',
      '1200 / 340',
      '1 min 35 s',
      '1'.repeat(16),
      'npm run start-run',
      'SentenceTransformer("models/x/best_overall_model")',
      'gpt-test',
    ]) {
      expect(markdown.replaceAll('\\', '')).toContain(text);
    }
    expect(markdown).toMatch(
      /## 结论 Findings[\s\S]*## 默认与最优[\s\S]*## 各试验得分[\s\S]*## 计划[\s\S]*## 参数 Parameter LEARNING[\s\S]*## 失败与补救[\s\S]*## 中断与恢复[\s\S]*## 被拒绝的建议[\s\S]*## 人的决定[\s\S]*## 费用与时间[\s\S]*## 顾问的总结[\s\S]*## 复现与使用[\s\S]*## 完整配置[\s\S]*## 来源与校验/,
    );
  });

  test('is one HTML file with its charts inside, and SVG files beside the Markdown', async () => {
    const { html, folder, markdown } = await written(fullRun());
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/(src|href)="http/);
    const charts = readdirSync(folder).find((name) => !name.includes('.'))!;
    expect(readdirSync(path.join(folder, charts))).toContain('score_by_trial.svg');
    expect(markdown).toContain(`](${charts}/score_by_trial.svg)`);
  });

  test('written again, it is the same to the byte and leaves nothing else', async () => {
    const first = await written(fullRun());
    const second = await written(fullRun());
    expect(second).toEqual(first);
    expect(readdirSync(first.folder)).toHaveLength(3);
  });

  test('runs that began in one second have a report each, and keep its name', async () => {
    const named = (run: string): RunState => ({ ...fullRun(), run });
    const [one, other] = [named('nightly-20260102-030405'), named('weekly-20260102-030405')];
    const names = async (...states: RunState[]) =>
      Promise.all(
        states.map(async (state) => path.basename((await writeReportFiles(state, { workflowId: 'w', root })).path)),
      );
    const first = await names(one, other);
    expect(first).toContain('agent_run_report_20260102_030405.md');
    expect(new Set(first).size).toBe(2);
    expect([first[1], first[0]]).toEqual(await names(other, one));
    for (const [at, { run }] of [one, other].entries()) {
      const html = readFileSync(path.join(root, one.config.AGENT_SETTINGS.REPORT_DIR, first[at]!), 'utf8');
      expect(html).toContain(run);
    }
  });

  test('one of an earlier release is replaced by its own run alone', async () => {
    const state = { ...fullRun(), run: 'nightly-20260102-030405' };
    const folder = path.join(root, state.config.AGENT_SETTINGS.REPORT_DIR);
    mkdirSync(folder, { recursive: true });
    const html = path.join(folder, 'agent_run_report_20260102_030405.html');
    writeFileSync(html, '<title>weekly-20260102-030405</title>');
    const { path: beside } = await writeReportFiles(state, { workflowId: 'w', root });
    expect(path.basename(beside)).toBe('agent_run_report_20260102_030405_nightly.md');
    expect(readFileSync(html, 'utf8')).toContain('weekly');
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(html, '<title>nightly-20260102-030405</title>');
    expect(path.basename((await writeReportFiles(state, { workflowId: 'w', root })).path)).toBe(
      'agent_run_report_20260102_030405.md',
    );
  });

  test('text from advisers and people stays text', async () => {
    const hostile =
      '<script>alert(1)</script> ![x](http://evil/x.png) [link](javascript:alert(1)) | cell | `code` \u001b[31mred\u202e http://evil.example ' +
      'x'.repeat(9000);
    const { markdown, html } = await written(fullRun(hostile));
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toContain('<img');
    expect(html).not.toContain('javascript:alert(1)"');
    expect(html).not.toMatch(/<a [^>]*evil/);
    expect(markdown).not.toMatch(/(?<!\\)<script>/);
    expect(markdown).not.toMatch(/!\[x\]\(/);
    expect(html + markdown).not.toMatch(/[\u001b\u202e]/);
    expect(markdown.length).toBeLessThan(40_000);
  });

  test.each<[string, (state: RunState) => Partial<RunState>, string]>([
    [
      'was cancelled before anything was trained',
      () => ({
        trials: [],
        baseline: null,
        incumbent: null,
        status: 'cancelled',
        endedEarly: 'the run was cancelled',
        plan: null,
        confirmation: null,
        summary: null,
      }),
      'the run was cancelled',
    ],
    [
      'had no language model',
      () => ({ adviser: { kind: 'local', model: 'TPE', note: '' } }),
      'No language model advised',
    ],
    ['had no held-out split', () => ({ confirmation: null }), 'dev scores alone'],
    [
      'never reached the trainer',
      () => ({ trainer: null, trials: [], baseline: null, incumbent: null, confirmation: null }),
      'No training succeeded',
    ],
  ])('is written for a run that %s', async (_name, change, text) => {
    const state = fullRun();
    expect((await written({ ...state, ...change(state) })).markdown).toContain(text);
  });

  test('speaks one language when asked', async () => {
    expect((await written(fullRun('x', 'REPORT_LANGUAGE=en'))).markdown).not.toContain('结论');
    expect((await written(fullRun('x', 'REPORT_LANGUAGE=zh'))).markdown).not.toContain('Findings');
  });
});

test('the model card names base model, scores and the trial', () => {
  const { card, tuning } = modelCard(fullRun());
  expect(card).toMatch(/^---\nlibrary_name: sentence-transformers/);
  expect(card).toContain('0.6789');
  expect(tuning).toMatchObject({ score: 0.6789, trial: '2'.repeat(16), config: { LEARNING_RATE: 1e-4, SEED: 42 } });
});
