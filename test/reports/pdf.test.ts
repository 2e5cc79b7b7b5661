/** The report as PDF: with a real Chromium where there is one, and with programs that behave badly. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { NoBrowser, PrintingFailed, findBrowser, printPdf } from '../../src/reports/pdf.ts';
import { writeReportFiles } from '../../src/reports/writeReport.ts';
import { studiedRun } from '../domain/studied.ts';

let root: string;
const { TMPDIR } = process.env;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'pdf-'));
  // What the browser gets lies here, too, so that nobody else's is taken for it.
  process.env['TMPDIR'] = root;
});
afterEach(() => {
  if (TMPDIR === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = TMPDIR;
  rmSync(root, { recursive: true });
});

const there = await findBrowser(process.env).catch(() => null);
const withBrowser = there ? test : test.skip;

/** A program on an own PATH, and what names it. */
function browser(script: string): { environment: NodeJS.ProcessEnv; file: string } {
  const program = path.join(root, 'chromium');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return { environment: { PATH: root }, file: path.join(root, 'report.pdf') };
}

const running = (pid: string): boolean => {
  const [, state] = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, { encoding: 'utf8', flag: 'r' })) ?? [];
  return state !== 'Z';
};

describe('a PDF', () => {
  withBrowser('is printed beside the HTML, in one language, and nothing is left behind', async () => {
    const { path: markdown, pdf } = await writeReportFiles(studiedRun('REPORT_DIR=reports'), {
      workflowId: 'w',
      root,
      language: 'zh',
      pdf: true,
    });
    expect(pdf).toBe(markdown.replace(/\.md$/, '.pdf'));
    const bytes = readFileSync(path.join(root, pdf!));
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(bytes.toString('latin1')).not.toContain('file://');
    expect(bytes.length).toBeGreaterThan(20_000);
    expect(readdirSync(path.join(root, 'reports')).filter((name) => name.includes('.'))).toHaveLength(3);
    expect(readdirSync(root)).toEqual(['reports']);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(root);
  });

  test('needs a browser, and says where it was looked for', async () => {
    await expect(printPdf('', 'x.pdf', { environment: { PATH: root } })).rejects.toThrow(NoBrowser);
    const environment = { PATH: root, CHROMIUM_PATH: path.join(root, 'none') };
    await expect(printPdf('', 'x.pdf', { environment })).rejects.toThrow(/CHROMIUM_PATH names no program: .*none/);
  });

  test('that a browser does not print is no PDF: the old one stays, and the reason is told', async () => {
    const { environment, file } = browser('echo "it is broken" >&2; exit 3');
    writeFileSync(file, 'the old one');
    await expect(printPdf('', file, { environment })).rejects.toThrow(/printed nothing: it is broken/);
    await expect(printPdf('', file, { environment: browser('exit 0').environment })).rejects.toThrow('there is no PDF');
    expect(readFileSync(file, 'utf8')).toBe('the old one');
  });

  test('that takes too long is given up, with every process of the browser', async () => {
    const pids = path.join(root, 'pids');
    const { environment, file } = browser(`/bin/sleep 60 & echo $! > ${pids}; wait`);
    const printing = printPdf('', file, { environment, timeout: 700 });
    await expect(printing).rejects.toThrow(PrintingFailed);
    const pid = readFileSync(pids, 'utf8').trim();
    expect(existsSync(`/proc/${pid}`) && running(pid)).toBe(false);
    expect(existsSync(file)).toBe(false);
  });
});
