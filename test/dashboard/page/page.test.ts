/** What the page shows of a run and sends to its server, by keyboard, while news come and connections go. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { eventually } from '../../faults/processes.ts';
import { describeInBrowser, launch } from './browser.ts';
import { FixtureServer, halfway, inTraining, named, recorded } from './fixtureServer.ts';

jest.setTimeout(120_000);

const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

describeInBrowser('the page', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let server: FixtureServer;
  let complaints: string[];
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = await new FixtureServer().start();
    complaints = [];
    context = await browser.newContext({ locale: 'en-GB' });
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await context.close();
    await server.stop();
    expect(complaints).toEqual([]);
  });

  const visit = async (address: string) => {
    await page.goto(`${server.url}${address}`);
    await page.locator('.panel').first().waitFor();
  };
  const focused = () => page.evaluate<string>('document.activeElement.dataset.key ?? document.activeElement.id');

  test('a question is answered by keyboard alone; the answer names its question, and the run’s word is shown', async () => {
    server.put(named('asks', halfway('ended', 8, { id: 'round-7' })));
    await visit('/run/asks');
    expect(await page.title()).toContain('(?) asks');
    await page.keyboard.press('y');
    expect(await focused()).toBe('continue');
    await page.keyboard.press('Enter');
    await page.getByText('goes on', { exact: true }).first().waitFor();
    expect(server.sent).toEqual([
      { method: 'POST', path: '/api/runs/asks/decisions', body: { decision: 'continue', gate: 'round-7' } },
    ]);
  });

  test('a key alone decides nothing, and none is taken where somebody types or has turned them off', async () => {
    server.put(named('asks', halfway('ended', 8, {})));
    await visit('/run/asks');
    await page.keyboard.press('n');
    expect(await focused()).toBe('stop-round');
    await page.locator('#value').fill('');
    await page.locator('#value').press('y');
    expect(await page.locator('#value').inputValue()).toBe('y');
    await page.locator('[data-do="help"]').click();
    await page.locator('#shortcuts-on').uncheck();
    await page.keyboard.press('Escape');
    await page.locator('h1').focus();
    await page.keyboard.press('n');
    expect(await focused()).not.toBe('stop-round');
    expect(server.sent).toEqual([]);
  });

  test('another value: what is allowed is said, and a refusal is shown in the run’s words', async () => {
    server.put(named('asks', halfway('ended', 8, { id: 'round-7' })));
    server.answer = { status: 409, text: 'LEARNING_RATE = 9 is outside its range' };
    await visit('/run/asks');
    await page.locator('#value-key').selectOption('LEARNING_RATE');
    await page.getByText(/Allowed: from .* logarithmic/).waitFor();
    await page.locator('#value').fill('9');
    await page.locator('#value').press('Enter');
    await page.getByText('Refused: LEARNING_RATE = 9 is outside its range').first().waitFor();
    expect(server.sent[0]!.body).toEqual({ decision: 'set', key: 'LEARNING_RATE', value: 9, gate: 'round-7' });
    expect(await page.locator('#value').inputValue()).toBe('9');
  });

  test('news take neither focus nor what is typed', async () => {
    const run = named('asks', halfway('ended', 8, {}));
    server.put(run);
    await visit('/run/asks');
    await page.locator('#value').fill('3');
    await page.locator('[data-trial="5"]').click();
    const note = page.locator('#note-5');
    await note.fill('half a th');
    for (const spent of [5, 6, 7]) server.put({ ...run, view: { ...run.view, search: { ...run.view.search, spent } } });
    await page.getByText('7 of 9 trainings used').first().waitFor();
    expect(await focused()).toBe('note-5');
    await note.pressSequentially('ought');
    expect([await note.inputValue(), await page.locator('#value').inputValue()]).toEqual(['half a thought', '3']);
  });

  test('a lost connection is said, what is typed is kept, and it comes back by itself', async () => {
    const run = named('asks', halfway('ended', 8, {}));
    server.put(run);
    await visit('/run/asks');
    await page.locator('#value').fill('3');
    await server.stop();
    await page.getByText('Connection lost. Trying again').waitFor();
    run.view.search.spent = 9;
    await server.start();
    await page.getByText('9 of 9 trainings used').first().waitFor();
    await page.getByText('Connection lost. Trying again').waitFor({ state: 'detached' });
    expect(await page.locator('#value').inputValue()).toBe('3');
  });

  test('eight pages at once: all are told what is new, each may answer, and streams go to those that look', async () => {
    const run = named('asks', halfway('ended', 8, {}));
    server.put(run);
    const pages = [page, ...(await Promise.all(Array.from({ length: 7 }, () => context.newPage())))];
    for (const one of pages) await one.goto(`${server.url}/run/asks`);
    for (const one of pages) await one.locator('#value').waitFor();
    await eventually(() => server.streams === 4, 'four streams', 10_000);
    run.view.search.spent = 7;
    server.put(run);
    for (const one of pages) await one.getByText('7 of 9 trainings used').first().waitFor();
    const last = pages.at(-1)!;
    await last.locator('[data-decision="continue"]').click();
    await last.getByText('goes on', { exact: true }).first().waitFor();
    // One that is closed, and one that nobody sees, leave theirs to the others.
    await page.close();
    for (const one of pages.slice(1, 5))
      await one.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true }), document.dispatchEvent(new Event('visibilitychange'))",
      );
    await eventually(() => server.streams === 3, 'the streams of the other three', 10_000);
    run.view.search.spent = 8;
    server.put(run);
    for (const one of pages.slice(5)) await one.getByText('8 of 9 trainings used').first().waitFor({ timeout: 1500 });
  });

  test('a run that comes again after it was gone is shown again', async () => {
    const run = named('asks', halfway('ended', 8, {}));
    server.put(run);
    await visit('/run/asks');
    server.tell('asks', 'gone', {});
    await page.getByText('This run has been removed.').waitFor();
    server.tell('asks', 'run', run.view);
    await page.locator('#value').waitFor();
    expect(await page.getByText('This run has been removed.').count()).toBe(0);
  });

  test('what waits for a slot is told beside what trains, until its first step', async () => {
    const run = named('waits', inTraining('long', 9));
    const other = { ...run.view.inHand![0]!, number: 10 };
    run.view = { ...run.view, inHand: [...run.view.inHand!, other], waiting: [10] };
    server.put(run);
    await visit('/run/waits');
    const card = page.locator('[data-key="training-10"]');
    await card.getByText('It waits for a free slot; npm run status shows the workers.').waitFor();
    expect(await page.locator('[data-key="training-9"]').getByText('It waits').count()).toBe(0);
    await page.getByRole('heading', { name: 'In training' }).waitFor();
    server.put({ ...run, view: { ...run.view, training: [], waiting: [9, 10] } });
    await page.getByRole('heading', { name: 'Waiting for a slot' }).waitFor();
    server.tell('waits', 'step', { trial: 'tenth', number: 10, step: 1, totalSteps: 40, trainSeconds: 1 });
    await card.getByText('step 1 of 40').waitFor();
    expect(await card.getByText('It waits').count()).toBe(0);
  });

  test('a step is on the page within a second, in figures and on the curve', async () => {
    const run = named('trains', inTraining('long', 9));
    server.put(run);
    await visit('/run/trains');
    const { dir, number } = run.view.training[0]!;
    await page.locator('.curve').waitFor({ state: 'attached' });
    const began = Date.now();
    for (const step of [6, 17])
      server.tell('trains', 'step', {
        trial: dir,
        number,
        step,
        totalSteps: 40,
        loss: 0.4321,
        epoch: 1,
        learningRate: 1e-5,
        rate: 30,
        trainSeconds: 9,
      });
    await page.getByText('step 17 of 40').waitFor();
    expect(Date.now() - began).toBeLessThan(1000);
    await page.locator('.curve[aria-label*="Loss 0.432 at step 17"] canvas').waitFor();
    // A sign of life between two steps is no point of the curve.
    server.tell('trains', 'progress', {
      trial: dir,
      number,
      step: 20,
      totalSteps: 40,
      trainSeconds: 12,
      phase: 'evaluate',
    });
    await page.getByText('step 20 of 40').waitFor();
    await page.getByText('evaluating').waitFor();
    expect(await page.locator('.curve').first().getAttribute('aria-label')).toContain('at step 17');
    // Why it is trained, and what is expected of it.
    await page.getByText('Why trial 9, and what is expected').waitFor();
  });

  test('stop now asks once more', async () => {
    server.put(named('trains', inTraining('long', 9)));
    await visit('/run/trains');
    await page.keyboard.press('s');
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(server.sent).toEqual([]);
    await page.locator('[data-do="ask-stop"]').click();
    await page.locator('dialog .danger').click();
    await page.getByText('goes on', { exact: true }).first().waitFor();
    expect(server.sent.map(({ body }) => body)).toEqual([{ decision: 'stop-now' }]);
  });

  test('notes are kept, counted and removed', async () => {
    server.put(recorded('ended'));
    await visit(`/run/${recorded('ended').view.run}`);
    await page.locator('[data-trial="5"]').click();
    await page.locator('#note-5').fill('looks like a fluke');
    await page.getByRole('button', { name: 'Keep the note' }).first().click();
    await page.locator('.note-text', { hasText: 'looks like a fluke' }).waitFor();
    await page.getByText('1 note').waitFor();
    expect(await page.locator('#note-5').inputValue()).toBe('');
    await page.getByRole('button', { name: /Remove the note/ }).click();
    await page.locator('.note-text').waitFor({ state: 'detached' });
    expect(server.sent.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
  });

  test('a browser without the token reads, and says how to answer', async () => {
    server.canChange = false;
    server.put(named('asks', halfway('ended', 8, {})));
    await visit('/run/asks');
    await page.getByText('npm run dashboard prints').waitFor();
    expect(await page.locator('#question button:enabled, .steering button:enabled').count()).toBe(0);
    expect(await page.locator('.note-form').count()).toBe(0);
  });

  test('texts of people and advisers are texts', async () => {
    const run = named(HOSTILE.slice(0, 45), halfway('ended', 8, { key: HOSTILE }));
    const { view } = run;
    view.notes = [HOSTILE];
    view.notesOfPeople = [{ id: 'a', trial: null, text: HOSTILE, at: 0 }];
    view.trials = view.trials.map((trial) => ({
      ...trial,
      reason: { zh: HOSTILE, en: HOSTILE },
      change: { [HOSTILE]: HOSTILE, SEED: 1 },
    }));
    view.keys = view.keys.map((key) => ({ ...key, key: `${key.key}${HOSTILE}`, best: HOSTILE }));
    view.decisions = [{ at: 0, gate: null, decision: HOSTILE, by: HOSTILE, outcome: HOSTILE }];
    server.put(run);
    await visit(`/run/${encodeURIComponent(view.run)}`);
    await page.locator('[data-trial="5"]').click();
    await page.locator('.chart svg').first().waitFor();
    await page.locator('.chart svg [aria-roledescription="point"]').nth(4).hover();
    await page.locator('.tip', { hasText: '<img' }).waitFor();
    expect(await page.locator('blockquote', { hasText: HOSTILE }).count()).toBeGreaterThan(0);
    await visit('/');
    expect(await page.locator('main img, main script, svg image, svg script').count()).toBe(0);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
  });

  test('the report speaks the language of the page', async () => {
    const { view, curves } = named('ended', recorded('ended'));
    server.put({ view: { ...view, reportUrl: '/api/runs/ended/report' }, curves });
    await visit('/run/ended');
    const addresses = async () => [
      await page.locator('.report iframe').getAttribute('src'),
      await page.locator('.report a').getAttribute('href'),
    ];
    expect(await addresses()).toEqual(Array(2).fill('/api/runs/ended/report#language-en'));
    await page.locator('[data-do="language"]').click();
    await page.locator('.report iframe[src$="#language-zh"]').waitFor();
    expect(await addresses()).toEqual(Array(2).fill('/api/runs/ended/report#language-zh'));
  });

  test('language and theme are switched, and remembered', async () => {
    server.put(named('asks', halfway('ended', 8, {})));
    await visit('/run/asks');
    await page.locator('#value').fill('3');
    await page.keyboard.press('Tab');
    await page.locator('[data-do="language"]').click();
    await page.getByRole('button', { name: '继续', exact: true }).waitFor();
    expect(await page.locator('#value').inputValue()).toBe('3');
    await page.locator('[data-do="theme"]').click();
    await page.locator('[data-do="theme"]').click();
    await page.reload();
    await page.getByRole('button', { name: '继续', exact: true }).waitFor();
    expect(await page.evaluate('[document.documentElement.lang, document.documentElement.dataset.theme]')).toEqual([
      'zh-CN',
      'dark',
    ]);
    // What the page itself says is Chinese: English is left to names, keys and the run's own words.
    const texts = await page.locator('h2, .buttons button, thead th, label, dt').allTextContents();
    expect(texts.filter((text) => /[a-z]{3,} [a-z]{3,}/.test(text))).toEqual([]);
  });

  test('all runs: those that wait come first, two are chosen and compared, and back leads back', async () => {
    server.put(named('asks', halfway('ended', 8, {})));
    server.put(recorded('ended'));
    server.put(recorded('better'));
    await visit('/');
    await page.getByRole('link', { name: 'asks' }).first().waitFor();
    expect(await page.locator('.question a').allTextContents()).toEqual(['asks']);
    await page.getByLabel(`Compare ${recorded('ended').view.run}`).check();
    await page.getByLabel(`Compare ${recorded('better').view.run}`).check();
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.getByRole('heading', { name: 'Side by side' }).waitFor();
    await page.getByText('do not compare their scores').waitFor();
    expect(await page.locator('.compare .differs th', { hasText: 'LEARNING_RATE' }).count()).toBe(1);
    await page.goBack();
    await page.getByRole('heading', { name: 'All runs' }).waitFor();
  });
});
