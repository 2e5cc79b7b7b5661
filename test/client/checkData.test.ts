/** `check-data`: by the real command and trainer, without a server. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkedDataSchema } from '../../src/domain/checkedData.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'check-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function checkData(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, TUNING_STATE_DIR: path.join(folder, 'state'), INIT_CWD: folder, NO_COLOR: '1' };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'src/client/main.ts', 'check-data', ...args],
      { cwd: PROJECT_ROOT, env },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  );
}

function file(name: string, head: string, row: (number: number) => string, more = ''): string {
  writeFileSync(
    path.join(folder, name),
    `${head}\n${Array.from({ length: 60 }, (_, at) => row(at)).join('\n')}\n${more}`,
  );
  return name;
}

test('questions and answers are known by their columns, and the command to start with is told', async () => {
  const data = file('qa.csv', 'question,answer', (at) => `What is ${at}?,It is ${at}.`);
  const { code, out } = await checkData(data, '--set', 'QUERY_PROMPT="query: "');
  expect(code).toBe(0);
  for (const words of [
    'TASK retrieval (guessed from the columns',
    'columns: query from question, positive from answer',
    '60 rows in one file: divided into 36 train, 12 validation, 12 test; no sentence stands in two of them',
    'query: What is',
    'npm run start-run -- --set TASK=retrieval --set DATASET_NAME=qa.csv',
  ])
    expect(out).toContain(words);
}, 120_000);

test('all that is wrong is told at once, with exit code 2, and as JSON', async () => {
  const data = file(
    'p.csv',
    'sentence1,sentence2,score',
    (at) => `a ${at},b ${at},0.${at % 10}`,
    'x,,0.1\ny,,0.2\nz,w,high\n',
  );
  const { code, out } = await checkData(data, '--json');
  expect(code).toBe(2);
  const told = checkedDataSchema.parse(JSON.parse(out));
  expect(told.problems.map(({ message, count }) => [message.replace(/^.*csv:/, ''), count])).toEqual([
    ["62: sentence2 = '' is not a sentence", 2],
    ["64: score = 'high' is not a number", 1],
  ]);
  const shown = await checkData(data);
  expect(shown.out).toMatch(/✗ .*p\.csv:62: sentence2 = '' is not a sentence \(2 rows, also .*p\.csv:63\)/);
}, 120_000);

test('a wrong setting ends it as it ends a start', async () => {
  const { code, err } = await checkData('p.csv', '--set', 'LEARNIN_RATE=1');
  expect([code, err]).toEqual([2, expect.stringContaining('did you mean LEARNING_RATE?')]);
}, 60_000);
