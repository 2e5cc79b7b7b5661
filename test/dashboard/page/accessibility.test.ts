/** Every view in both themes, languages and widths, each two of them together: axe finds nothing, and nothing is wider than the screen. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { eventually } from '../../faults/processes.ts';
import { describeInBrowser, launch } from './browser.ts';
import { FixtureServer, halfway, inTraining, named, recorded } from './fixtureServer.ts';

jest.setTimeout(1_200_000);

const CHARTS_THERE = "[...document.querySelectorAll('[data-chart]')].every((place) => place.firstChild)";
/** Controls that a finger may miss. A run's link fills its row, and the box that chooses it has its label around it. */
const SMALL = `[...document.querySelectorAll('button, a:not(.skip), select, input, textarea, summary')]
  .map((element) => [element, (element.closest('.pick label') ?? element).getBoundingClientRect()])
  .filter(([element, { width, height }]) => height > 0 && (height < 44 || width < 44) && !element.closest('.runs .name'))
  .map(([element, { width, height }]) => element.outerHTML.slice(0, 120) + ' ' + width + ' x ' + height)`;
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

describeInBrowser('the page is for everybody', () => {
  let browser: Browser;
  const server = new FixtureServer();
  beforeAll(async () => {
    browser = await launch();
    await server.start();
    server.put(recorded('ended'));
    server.put(recorded('better'));
    server.put(named('gate', halfway('ended', 8, {})));
    server.put(named('live', inTraining('long', 9)));
  });
  afterAll(async () => {
    await browser?.close();
    await server.stop();
  });

  const VIEWS: [string, string][] = [
    ['all runs', '/'],
    ['a question', '/run/gate'],
    ['a training', '/run/live'],
    ['a run that ended', `/run/${recorded('ended').view.run}`],
    ['side by side', `/compare/${recorded('ended').view.run}/${recorded('better').view.run}`],
    ['no such run', '/run/nobody'],
  ];
  // Each pair of two settings stands in one of them: what axe finds wants no third one.
  const SCREENS = [
    { locale: 'en-GB', width: 360, colorScheme: 'light' },
    { locale: 'en-GB', width: 1280, colorScheme: 'dark' },
    { locale: 'zh-CN', width: 360, colorScheme: 'dark' },
    { locale: 'zh-CN', width: 1280, colorScheme: 'light' },
  ] as const;

  test.each(VIEWS)('%s', async (name, address) => {
    const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(`${server.url}${address}`);
    await page.locator('h1').waitFor();
    if (name !== 'no such run') await page.locator('.panel').first().waitFor();
    for (const details of await page
      .locator('.expander')
      .all()
      .then((all) => all.slice(0, 2)))
      await details.click();
    for (const { locale, width, colorScheme } of SCREENS) {
      await page.setViewportSize({ width, height: 740 });
      await page.emulateMedia({ colorScheme });
      if ((await page.locator('html').getAttribute('lang'))?.slice(0, 2) !== locale.slice(0, 2))
        await page.locator('[data-do="language"]').click();
      await page.locator(`html[lang^="${locale.slice(0, 2)}"]`).waitFor();
      await eventually(() => page.evaluate<boolean>(CHARTS_THERE), 'the charts', 60_000);
      const { violations } = await new AxeBuilder({ page }).withTags(TAGS).exclude('iframe').analyze();
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
      );
      const over = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
      const where = `${locale}, ${width} px, ${colorScheme}`;
      expect([where, found, over > 0]).toEqual([where, [], false]);
    }
    await context.close();
  });

  test('what is touched has 44 px each way, on a phone', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
    const page = await context.newPage();
    for (const [, address] of VIEWS) {
      await page.goto(`${server.url}${address}`);
      await page
        .locator(address === '/run/nobody' ? '.problem' : '.panel')
        .first()
        .waitFor();
      expect([address, await page.evaluate<string[]>(SMALL)]).toEqual([address, []]);
    }
    await context.close();
  });

  test('the help and the second question are dialogs that axe accepts', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${server.url}/run/gate`);
    await page.locator('#question').waitFor();
    for (const key of ['?', 's'] as const) {
      await page.keyboard.press(key);
      if (key === 's') await page.keyboard.press('Enter');
      await page.locator('dialog[open]').waitFor();
      const { violations } = await new AxeBuilder({ page }).include('dialog').withTags(TAGS).analyze();
      expect(violations).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
    }
    await context.close();
  });
});
