/** The journal over hosts: a question that one host has paid for is not paid for by another. */
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { adviserActivities } from '../../src/activities/advising.ts';
import type { Advisers } from '../../src/activities/advising.ts';
import type { Consultation } from '../../src/domain/contract.ts';
import { ADVISER_FAILURES } from '../../src/advisers/openai/errors.ts';
import { ApplicationFailure } from '@temporalio/common';
import { callOf } from '../../src/workflows/consulting.ts';
import { adviserContext } from '../../src/domain/trajectory.ts';
import { HostOfRun } from './hosts.ts';

jest.setTimeout(60_000);

let hosts: HostOfRun[];
let store: string;
let asked: string[];
let runs = 0;
beforeEach(() => {
  hosts = [];
  asked = [];
  store = path.join(tmpdir(), `journal-store-${process.pid}-${(runs += 1)}`);
  mkdirSync(store);
});
afterEach(() => {
  [store, ...hosts.map(({ folder }) => folder)].forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

function host(name: string): HostOfRun {
  const made = new HostOfRun(name, `journal-${runs}`, store);
  hosts.push(made);
  return made;
}

function ask(from: HostOfRun, attempt = 1, fails = false): Promise<unknown> {
  const advice = { value: null, problem: 'none', raw: '', model: 'm', usage: { promptTokens: 1, completionTokens: 1 } };
  const adviser = {
    plan: async () => {
      asked.push(from.name);
      if (fails) throw ApplicationFailure.retryable('the server is busy', ADVISER_FAILURES.timeout);
      return { ...advice, raw: `answer ${asked.length}` };
    },
  };
  const { advisePlan } = adviserActivities(
    { openai: adviser, local: adviser } as unknown as Advisers,
    async () => 'a-key',
  );
  const request: Consultation = {
    ...callOf(from.state, 'plan'),
    adviser: 'openai',
    repair: null,
    context: adviserContext(from.state, null, null),
  };
  const environment = new MockActivityEnvironment({ attempt, startToCloseTimeoutMs: 4000 });
  return environment.run(advisePlan, request) as Promise<unknown>;
}

test.each([1, 2])('attempt %d on another host is answered from the store', async (attempt) => {
  const [a, b] = [host('a'), host('b')];
  await ask(a);
  expect(await ask(b, attempt)).toMatchObject({ raw: 'answer 1' });
  expect(asked).toEqual(['a']);
  expect(b.has('adviser', 'plan.json')).toBe(true);
  expect(b.has('adviser', 'plan.asked')).toBe(false);
});

test('a first attempt without the store asks; its reply is put when the store is back', async () => {
  const a = host('a');
  rmSync(store, { recursive: true });
  setTimeout(() => mkdirSync(store), 1500);
  expect(await ask(a)).toMatchObject({ raw: 'answer 1' });
  expect(await a.inStore()).toEqual(['adviser/plan.json']);
  expect(a.due()).toEqual([]);
});

test('a later attempt that another host may have answered pays for nothing while the store is away', async () => {
  const b = host('b');
  rmSync(store, { recursive: true });
  await expect(ask(b, 2)).rejects.toMatchObject({
    type: 'store_unavailable',
    nonRetryable: false,
    nextRetryDelay: '2 minutes',
  });
  expect(asked).toEqual([]);
});

test('where all earlier attempts were made from here, nobody else can have answered', async () => {
  const a = host('a');
  await expect(ask(a, 1, true)).rejects.toThrow('busy');
  rmSync(store, { recursive: true });
  setTimeout(() => mkdirSync(store), 1500);
  expect(await ask(a, 2)).toMatchObject({ raw: 'answer 2' });
});
