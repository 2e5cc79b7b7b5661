/** The HTML report in a real Chromium, where there is one: languages, what folds, accessibility, paper. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { RunState } from '../../src/domain/runState.ts';
import { findBrowser } from '../../src/reports/pdf.ts';
import { writeReportFiles } from '../../src/reports/writeReport.ts';
import { studiedRun } from '../domain/studied.ts';
import { fullRun } from './fullRun.ts';

let root: string;
let html: string;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'html-report-'));
  html = await write(studiedRun(), 'mixed');
});
afterAll(() => rmSync(root, { recursive: true }));

/** The file of a run's report, in a folder of its own. */
async function write(state: RunState, folder: string): Promise<string> {
  const { AGENT_SETTINGS } = state.config;
  const config = { ...state.config, AGENT_SETTINGS: { ...AGENT_SETTINGS, REPORT_DIR: folder } };
  const { path: markdown } = await writeReportFiles({ ...state, config }, { workflowId: 'w', root });
  return path.join(root, markdown.replace(/\.md$/, '.html'));
}

describe('the file', () => {
  test('has each language once, with anchors of its own, and every link leads somewhere', () => {
    const text = readFileSync(html, 'utf8');
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...text.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((id) => !ids.includes(id))).toEqual([]);
    expect(
      [...text.matchAll(/<main lang="(zh|en)"[^>]*?( hidden)?>/g)].map(([, lang, hidden]) => [lang, hidden]),
    ).toEqual([
      ['zh', undefined],
      ['en', ' hidden'],
    ]);
  });

  test('lets no line end between a number and its unit, a key and its value; what is copied has plain spaces', () => {
    const text = readFileSync(html, 'utf8');
    for (const together of ['95\u00A0%', 'NUM_TRAIN_EPOCHS\u00A0=\u00A03', '0.6500\u00A0…\u00A00.7200\u00A0✓'])
      expect(text).toContain(together);
    for (const [, copied] of text.matchAll(/<pre>([\s\S]*?)<\/pre>/g)) expect(copied).not.toContain('\u00A0');
  });

  test('allows its own script and no other', () => {
    const text = readFileSync(html, 'utf8');
    const [, script] = /<script[^>]*>([\s\S]*?)<\/script>/.exec(text)!;
    const hash = createHash('sha256').update(script!).digest('base64');
    expect(text).toContain(`script-src 'sha256-${hash}'`);
    expect(text).toContain("default-src 'none'");
  });

  test('says in words what each chart shows', () => {
    const labels = [...readFileSync(html, 'utf8').matchAll(/role="img" aria-label="([^"]+)"/g)].map(
      ([, label]) => label,
    );
    expect(labels).toContain(
      'Scores of 7 trials: the default scored 0.6700, the best accepted score is 0.7600, of trial 5',
    );
    expect(labels).toContain('7 次试验的得分：默认配置 0.6700，最高采纳得分 0.7600，见试验 5');
  });

  test('cannot hide that the winner is worse', async () => {
    const state = studiedRun();
    const confirmation = {
      ...state.confirmation!,
      verdict: 'worse' as const,
      difference: { mean: -0.03, low: -0.05, high: -0.01 },
    };
    const published = { what: 'baseline' as const, why: { zh: '', en: '' } };
    const text = readFileSync(await write({ ...state, confirmation, published }, 'worse'), 'utf8');
    expect(text).toMatch(
      /<div class="verdict worse">\s*<p class="headline"><strong>✗ 留出数据上比默认配置更差：不要使用最优配置</,
    );
    expect(text).toContain('✗ Worse than the default on held-out data: do not use the winner');
    expect(text).toMatch(/<strong>Lost:<\/strong>/);
    expect(text).not.toMatch(/<strong>(Gained:|提升)<\/strong>/);
    expect(text).toMatch(/<title>留出数据上比默认配置更差/);
  });
});

const executablePath = await findBrowser(process.env).catch(() => null);
const inBrowser = executablePath ? describe : describe.skip;
if (!executablePath) process.stderr.write('the report in a browser: skipped, since no Chromium is found\n');

inBrowser('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    // Its sandbox refuses root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: executablePath!, args });
  });
  afterAll(() => browser.close());

  async function opened(file: string, options: BrowserContextOptions = {}, hash = ''): Promise<Page> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.on('pageerror', (error) => {
      throw error;
    });
    await page.goto(`${pathToFileURL(file).href}${hash}`);
    return page;
  }
  const shown = (page: Page) => page.locator('main:not([hidden])').getAttribute('lang');

  test('a mixed report begins in the language of the browser, and keeps what its reader chose', async () => {
    const page = await opened(html, { locale: 'en-US' });
    expect(await shown(page)).toBe('en');
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    expect(await page.title()).toMatch(/^Better than the default/);
    await page.getByRole('button', { name: '中文' }).click();
    expect(await shown(page)).toBe('zh');
    expect(await page.getAttribute('html', 'lang')).toBe('zh');
    expect(await page.title()).toMatch(/^留出数据上优于默认配置/);
    await page.reload();
    expect(await shown(page)).toBe('zh');
    expect(await (await opened(html, { locale: 'zh-CN' })).locator('h1:visible').innerText()).toBe('微调调优报告');
    await page.goto(`${pathToFileURL(html).href}#noise-en`);
    await page.reload();
    expect(await shown(page)).toBe('en');
  });

  test.each(['#language-zh', '#1(%-zh'])(
    'the address %s begins in Chinese, and the language can be changed',
    async (hash) => {
      const page = await opened(html, { locale: 'en-US' }, hash);
      expect(await shown(page)).toBe('zh');
      await page.getByRole('button', { name: 'English' }).click();
      expect(await shown(page)).toBe('en');
    },
  );

  test('a reader who changes the language stays at the section', async () => {
    const page = await opened(html, { locale: 'en-US', viewport: { width: 1000, height: 700 } });
    await page.locator('#outlook-en').evaluate((section) => section.scrollIntoView());
    await page
      .getByRole('button', { name: '中文' })
      .evaluate((button) => (button as unknown as { click(): void }).click());
    const top = await page.locator('#outlook-zh').evaluate((section) => section.getBoundingClientRect().top);
    expect(Math.abs(top)).toBeLessThan(60);
  });

  test('without scripts it speaks its own language', async () => {
    const english = await write(studiedRun('REPORT_LANGUAGE=en'), 'english');
    const page = await opened(english, { javaScriptEnabled: false, locale: 'zh-CN' });
    expect(await page.locator('h1:visible').allInnerTexts()).toEqual(['Tuning report']);
    expect(await page.getByRole('button').count()).toBe(0);
  });

  test('on paper it is one language, with nothing folded away', async () => {
    const page = await opened(html, { locale: 'en-US' });
    const fingerprint = page.locator('#provenance-en').getByText('weights', { exact: true });
    expect(await fingerprint.isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await fingerprint.isVisible()).toBe(true);
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.locator('h1:visible').count()).toBe(1);
  });

  test.each([
    ['studied', 'light', 1280, 'en-US'],
    ['studied', 'dark', 390, 'zh-CN'],
    ['full', 'dark', 1280, 'en-US'],
    ['full', 'light', 390, 'zh-CN'],
  ] as const)(
    'axe finds nothing wrong (%s run, %s, %i px, %s), and the page does not scroll sideways',
    async (run, colorScheme, width, locale) => {
      const file = run === 'full' ? await write(fullRun(), 'full') : html;
      const page = await opened(file, { colorScheme, locale, viewport: { width, height: 800 } });
      await page
        .locator('main:not([hidden]) details')
        .evaluateAll((all) => all.forEach((one) => one.setAttribute('open', '')));
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    },
  );
});
