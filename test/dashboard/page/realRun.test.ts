/** A real run from its first step to its end, seen and steered from the page alone. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import type { Browser } from 'playwright-core';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import { cutModel } from '../../faults/model.ts';
import { describeInBrowser, launch } from './browser.ts';

jest.setTimeout(600_000);
/** A training or two, on a machine that does other things. */
const SOON_MS = 300_000;

describeInBrowser('a real run on the page', () => {
  let home: string;
  let browser: Browser;
  let environment: Record<string, string>;
  const command = (...args: string[]) =>
    execa('node', ['--disable-warning=ExperimentalWarning', 'src/client/main.ts', ...args], {
      cwd: PROJECT_ROOT,
      env: environment,
      reject: false,
    });

  beforeAll(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'tuning-page-'));
    const model = path.join(home, 'one-layer');
    await cutModel(model);
    environment = {
      TUNING_STATE_DIR: path.join(home, 'state'),
      TUNING_OUTPUT_DIR_ROOT: path.join(home, 'models'),
      TUNING_REPORT_DIR: path.join(home, 'reports'),
      TUNING_BASE_MODEL: model,
      TUNING_STSB_TRAIN_SPLIT: 'train[:64]',
      TUNING_STSB_DEV_SPLIT: 'validation[:24]',
      TUNING_STSB_TEST_SPLIT: 'test[:24]',
      TUNING_LOGGING_STEPS: '1',
      TUNING_NOISE_SEEDS: '1',
      TUNING_CONFIRM_SEEDS: '0',
      TUNING_TRAINING_SLOTS: '1',
      TUNING_MAX_PRIORITY_PARAMS: '1',
      TUNING_ROUNDS_PER_PARAM: '4',
      TUNING_STOP_WHEN: 'budget',
      TEMPORAL_ADDRESS: '',
    };
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await command('down');
    rmSync(home, { recursive: true, force: true });
  });

  test('steps appear, a question is answered by keyboard, a note is kept, and stop now ends it with a verdict', async () => {
    const { stdout, stderr, exitCode } = await command('start-run', '--interactive', '--detach', '--json');
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    const { run } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { run: string };
    const { stdout: address } = await command('dashboard');
    const [withToken, dashboard] = /(http:\/\/127\.0\.0\.1:\d+)\/\?token=\S+/.exec(address)!;

    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    page.setDefaultTimeout(SOON_MS);
    await page.goto(withToken);
    expect(page.url()).toBe(`${dashboard}/`);
    await page.getByRole('link', { name: run }).first().click();
    await page
      .getByText(/step \d+ of \d+/)
      .first()
      .waitFor();
    await page.locator('.curve canvas').first().waitFor();

    await page.locator('#question').waitFor();
    const answered = page.waitForResponse((response) => response.url().endsWith('/decisions'));
    await page.keyboard.press('y');
    await page.keyboard.press('Enter');
    expect((await answered).status()).toBe(200);
    await page.locator('#question .done, #question .problem').waitFor();
    expect(await page.locator('#question .done').textContent()).toBe('goes on');

    await page.locator('[data-trial="1"]').click();
    await page.locator('#note-1').fill('the default, as we know it');
    await page.locator('#note-1').press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('.note-text', { hasText: 'the default, as we know it' }).waitFor();
    expect(readFileSync(path.join(home, 'models', run, 'notes.json'), 'utf8')).toContain('the default, as we know it');

    // A step of the run that comes just then takes the question away, as it takes away what could be stopped.
    for (let tries = 1; ; tries += 1)
      try {
        await page.locator('[data-do="ask-stop"]').click({ timeout: 20_000 });
        await page.locator('dialog .danger').click({ timeout: 5000 });
        break;
      } catch (error) {
        if (tries === 5) throw error;
      }
    await page.locator('.verdict .line').waitFor();
    await page.locator('.chip.stopped, .chip.completed').waitFor();
    const shown = JSON.parse((await command('show', run, '--json')).stdout) as {
      decisions: { decision: string; by: string }[];
    };
    expect(shown.decisions.map(({ decision, by }) => [decision, by])).toEqual([
      ['continue', 'dashboard'],
      ['stop-now', 'dashboard'],
    ]);
    await page.frameLocator('.report iframe').locator('h1:visible').waitFor();
  });
});
