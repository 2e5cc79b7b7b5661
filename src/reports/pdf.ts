/**
 * A page of HTML as a PDF, printed by a Chromium of this machine.
 *
 * The browser gets a profile of its own, which goes with it, and its whole process group is ended whatever happens. The
 * PDF is there whole, or as it was before.
 */
import { access, constants, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import writeFileAtomic from 'write-file-atomic';

/** Names of browsers that print as Chromium does, the free one first; looked for along PATH. */
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'brave-browser',
];
const OF_MAC = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

/** A long report takes some 3 s. */
const TIMEOUT_MS = 60_000;

/** There is nothing to print with. */
export class NoBrowser extends Error {
  override name = 'NoBrowser';
  /** CHROMIUM_PATH, where that names no program. */
  readonly named: string | null;
  constructor(named: string | null) {
    super(named === null ? 'no Chromium was found' : `CHROMIUM_PATH names no program: ${named}`);
    this.named = named;
  }
}

/** The browser did not print: `reason` is what it said last. */
export class PrintingFailed extends Error {
  override name = 'PrintingFailed';
  readonly browser: string;
  readonly reason: string;
  constructor(browser: string, reason: string) {
    super(`${browser} printed nothing: ${reason}`);
    this.browser = browser;
    this.reason = reason;
  }
}

export interface PrintOptions {
  environment?: NodeJS.ProcessEnv;
  /** Milliseconds. */
  timeout?: number;
}

/**
 * @throws NoBrowser - When neither CHROMIUM_PATH nor a known name leads to a program.
 * @throws PrintingFailed - When the browser fails or takes longer than `timeout`; `file` is as it was.
 */
export async function printPdf(
  html: string,
  file: string,
  { environment = process.env, timeout = TIMEOUT_MS }: PrintOptions = {},
): Promise<void> {
  const browser = await findBrowser(environment);
  const folder = await mkdtemp(path.join(tmpdir(), 'tuning-pdf-'));
  try {
    const page = path.join(folder, 'report.html');
    const printed = path.join(folder, 'report.pdf');
    await writeFile(page, html);
    await print(browser, { page, printed, profile: path.join(folder, 'profile'), timeout });
    const pdf = await readFile(printed).catch(() => null);
    if (!pdf?.subarray(0, 5).equals(Buffer.from('%PDF-'))) throw new PrintingFailed(browser, 'there is no PDF');
    await writeFileAtomic(file, pdf);
  } finally {
    // Processes of a browser that was ended may still write for a moment.
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** The path of a browser; CHROMIUM_PATH before what PATH has. */
export async function findBrowser({ CHROMIUM_PATH: named, PATH = '' }: NodeJS.ProcessEnv): Promise<string> {
  if (named) {
    if (await isProgram(named)) return named;
    throw new NoBrowser(named);
  }
  const folders = PATH.split(path.delimiter).filter(Boolean);
  const places = [...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))), ...OF_MAC];
  for (const place of places) if (await isProgram(place)) return place;
  throw new NoBrowser(null);
}

const isProgram = (file: string): Promise<boolean> =>
  Promise.all([access(file, constants.X_OK), stat(file)]).then(
    ([, found]) => found.isFile(),
    () => false,
  );

interface Printing {
  page: string;
  printed: string;
  profile: string;
  timeout: number;
}

async function print(browser: string, { page, printed, profile, timeout }: Printing): Promise<void> {
  // Chromium's own helpers are in its group, which is what is ended.
  const child = execa(
    browser,
    [
      '--headless',
      '--disable-gpu',
      '--no-first-run',
      '--disable-extensions',
      '--disable-background-networking',
      '--no-pdf-header-footer',
      // Its sandbox refuses to run as root, and in many containers; the page is ours and has no scripts.
      '--no-sandbox',
      `--user-data-dir=${profile}`,
      `--print-to-pdf=${printed}`,
      pathToFileURL(page).href,
    ],
    { detached: true, reject: false, stdin: 'ignore', stdout: 'ignore', buffer: true, maxBuffer: 64 * 1024 },
  );
  let ended: string | null = null;
  const end = (why: string) => {
    ended = why;
    endGroup(child.pid);
  };
  // A group of its own hears no Ctrl-C.
  const interrupted = () => end('it was interrupted');
  const timer = setTimeout(() => end(`no end after ${timeout / 1000} s`), timeout);
  SIGNALS.forEach((signal) => process.on(signal, interrupted));
  try {
    const { failed, exitCode, stderr } = await child;
    if (ended !== null) throw new PrintingFailed(browser, ended);
    if (failed) throw new PrintingFailed(browser, lastLine(stderr) ?? `exit code ${exitCode ?? 'unknown'}`);
  } finally {
    clearTimeout(timer);
    SIGNALS.forEach((signal) => process.off(signal, interrupted));
    endGroup(child.pid);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it runs any more.
  }
}

const lastLine = (text: string | undefined): string | null => text?.trim().split('\n').at(-1) || null;
