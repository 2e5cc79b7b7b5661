/** Requests that workflows made under 0.5.0, executed now: a worker of this release may take them at an upgrade. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { EarlierReleases } from '../../src/activities/earlierReleases.ts';
import { publishModelWith, salvageRunWith, tidyPlace } from '../../src/activities/publishing.ts';
import { keepRecord, writeReport } from '../../src/activities/reporting.ts';
import { fillPrompt } from '../../src/advisers/prompts.ts';
import type { PromptName } from '../../src/advisers/prompts.ts';
import type { Consultation, RecordRequest } from '../../src/domain/contract.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { runLayout } from '../../src/training/layout.ts';
import { readRunRecord } from '../../src/training/runRecord.ts';
import { putTrial } from './stage.ts';

const FOLDER = path.join(PROJECT_ROOT, 'test', 'histories', '0.5.0');

interface Scheduled {
  activityType: { name: string };
  input: { payloads: { data: string }[] };
}
/** What a recorded run asked of its activities, with the activity's name. */
const requestsIn = (file: string): { name: string; request: unknown }[] =>
  (
    JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as {
      events: { activityTaskScheduledEventAttributes?: Scheduled }[];
    }
  ).events.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled
      ? [
          {
            name: scheduled.activityType.name,
            request: JSON.parse(Buffer.from(scheduled.input.payloads[0]!.data, 'base64').toString()) as unknown,
          },
        ]
      : [],
  );

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'earlier-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The request as recorded, but for its folders. */
function askedFor(activity: string): RecordRequest {
  const asked = requestsIn('side-by-side-with-noise-and-confirmation-3.json');
  const request = asked.find(({ name }) => name === activity)!.request as RecordRequest;
  request.state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT = path.join(folder, 'models');
  request.state.config.AGENT_SETTINGS.REPORT_DIR = path.join(folder, 'reports');
  return request;
}

/** Executes it as a worker does. */
const executed = <Result>(activity: (request: RecordRequest) => Promise<Result>, request: RecordRequest) =>
  new MockActivityEnvironment().run(
    () =>
      new EarlierReleases().execute({ args: [request], headers: {} }, ({ args }) =>
        activity(args[0] as RecordRequest),
      ) as Promise<Result>,
  );

const elsewhere = async (): Promise<string> => path.join(folder, 'elsewhere');

test.each([
  ['publishModel', publishModelWith(elsewhere)],
  ['salvageRun', salvageRunWith(elsewhere)],
])('%s publishes, with a card', async (_name, activity) => {
  const request = askedFor('publishModel');
  expect(request.state).not.toHaveProperty('untouchedModels');
  const layout = runLayout(request.state.config.DEFAULT_CONFIG.OUTPUT_DIR_ROOT, request.state.run);
  for (const { id, result } of request.state.trials) if (result) putTrial(layout, id, result.score);
  await executed<{ path: string | null }>(activity, request);
  expect(readFileSync(path.join(layout.bestModel, 'README.md'), 'utf8')).toContain('Spearman');
  await executed(tidyPlace, request);
  // The untouched model is asked for by name and score.
  mkdirSync(await elsewhere());
  request.state.published = { what: 'untouched', why: { zh: '', en: '' } };
  await executed<{ path: string | null }>(activity, request);
  expect(readFileSync(path.join(layout.bestModel, 'README.md'), 'utf8')).toContain('as it came');
});

test('report and record are written', async () => {
  const request = askedFor('writeReport');
  await executed(writeReport, request);
  expect(readdirSync(path.join(folder, 'reports')).some((name) => name.endsWith('.html'))).toBe(true);
  const { state, workflowId } = askedFor('keepRecord');
  await executed(keepRecord, { state, workflowId });
  const { OUTPUT_DIR_ROOT } = state.config.DEFAULT_CONFIG;
  expect(existsSync(runLayout(OUTPUT_DIR_ROOT, state.run).record)).toBe(true);
  expect((await readRunRecord(OUTPUT_DIR_ROOT, state.run))!.state).toMatchObject({ untouchedModels: {}, timing: null });
});

const PROMPTS: Record<string, PromptName> = { advisePlan: 'plan', adviseNext: 'next', adviseSummary: 'summarise' };

test('questions to advisers are put', () => {
  const questions = readdirSync(FOLDER)
    .flatMap(requestsIn)
    .filter(({ name }) => Object.hasOwn(PROMPTS, name));
  expect(questions.length).toBeGreaterThan(50);
  for (const { name, request } of questions)
    for (const prompt of ['system', PROMPTS[name]!] as const)
      expect(fillPrompt(prompt, (request as Consultation).context)).not.toMatch(/undefined|NaN/);
});
