import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Advice, Consultation } from '../../src/domain/contract.ts';
import { answerOnce } from '../../src/advisers/journal.ts';
import { NO_LIMITS, context, settings } from './context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const consultation = (callId: string): Consultation => ({
  run: 'r',
  outputRoot: 'models',
  callId,
  adviser: 'openai',
  settings: settings('http://127.0.0.1:1'),
  access: null,
  budget: NO_LIMITS,
  context: context(),
  repair: null,
});
const advice: Advice<{ a: number }> = {
  value: { a: 1 },
  problem: null,
  raw: '{}',
  model: 'm',
  usage: { promptTokens: 1, completionTokens: 2 },
};

test('a question is asked once, however often it is put', async () => {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return advice;
  };
  const first = await answerOnce({ folder, consultation: consultation('plan'), ask });
  expect(await answerOnce({ folder, consultation: consultation('plan'), ask })).toEqual(first);
  expect(asked).toBe(1);
  expect(statSync(path.join(folder, 'plan.json')).mode & 0o777).toBe(0o600);
});

test('a question that died between asking and storing is asked again, and the journal tells', async () => {
  await expect(
    answerOnce({
      folder,
      consultation: consultation('plan'),
      ask: async () => {
        throw new Error('died');
      },
    }),
  ).rejects.toThrow('died');
  await answerOnce({ folder, consultation: consultation('plan'), ask: async () => advice });
  expect(JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8'))).toMatchObject({ asked: 2, advice });
});

test('a stored reply leaves neither marker nor temporary file, also where a killed worker did', async () => {
  const ask = async () => advice;
  await answerOnce({ folder, consultation: consultation('plan'), ask });
  expect(readdirSync(folder)).toEqual(['plan.json']);
  ['plan.asked', 'plan.json.1234567', 'plan.asked.7654321'].forEach((name) =>
    writeFileSync(path.join(folder, name), '1'),
  );
  writeFileSync(path.join(folder, 'plan-repair.json'), '{}');
  await answerOnce({ folder, consultation: consultation('plan'), ask });
  expect(readdirSync(folder).sort()).toEqual(['plan-repair.json', 'plan.json']);
});

test('an entry that cannot be read is set aside, and the question is asked again', async () => {
  writeFileSync(path.join(folder, 'plan.json'), '{"half": ');
  expect(await answerOnce({ folder, consultation: consultation('plan'), ask: async () => advice })).toEqual(advice);
  expect(readdirSync(folder)).toContain('plan.json.unreadable');
});

test.each(['../up', 'a/b', '', '.hidden'])('the call id %j cannot leave the journal', async (callId) => {
  await expect(answerOnce({ folder, consultation: consultation(callId), ask: async () => advice })).rejects.toThrow();
});
