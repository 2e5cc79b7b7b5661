/**
 * `npm test [-- paths]`: TypeScript and Python tests; ends with `N passed, N failed`.
 *
 * Paths below test/ go to Jest, paths below trainer/ to pytest; without paths all run, and coverage must not fall.
 */
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { t } from '../src/words/catalogue.mjs';
import { checkCoverage } from './coverage.mjs';
import { NODE_BIN, VENV_BIN, run } from './run-all.mjs';
import { ensureReady, runScript } from './setup/ensure.mjs';
import { ROOT } from './setup/paths.mjs';

await runScript(async (args) => {
  const update = args.includes('--update-coverage');
  const paths = args.filter((arg) => !arg.startsWith('--'));
  await ensureReady({ dev: true });
  const scratch = mkdtempSync(path.join(tmpdir(), 'tuning-tests-'));
  try {
    const whole = paths.length === 0;
    const forJest = paths.filter((file) => !file.startsWith('trainer'));
    const forPytest = paths.filter((file) => file.startsWith('trainer'));
    const [jest, pytest] = [whole || forJest.length > 0, whole || forPytest.length > 0];
    // Side by side: much of what Jest runs waits for time-outs and heartbeats, in which pytest computes.
    const results = await Promise.all([
      ...(jest ? [runJest(scratch, forJest, whole)] : []),
      ...(pytest ? [runPytest(scratch, forPytest, whole, jest ? path.join(scratch, 'pytest.out') : null)] : []),
    ]);
    if (jest && pytest) process.stdout.write(readFileSync(path.join(scratch, 'pytest.out'), 'utf8'));
    if (whole) results.push(checkCoverage(scratch, update));
    return tell(results);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

/** A runner that crashed or ran nothing counts as one failed test. */
function counted(code, { passed, failed, skipped, names = [] }) {
  const silent = (code !== 0 && failed === 0) || passed + failed === 0;
  return { passed, failed: failed + (silent ? 1 : 0), skipped, names };
}

async function runJest(scratch, paths, coverage) {
  const output = path.join(scratch, 'jest.json');
  const flags = coverage ? ['--coverage', `--coverageDirectory=${scratch}/jest-coverage`] : [];
  const code = await run(
    process.execPath.includes('node_modules') ? process.execPath : path.join(NODE_BIN, 'node'),
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--json',
      `--outputFile=${output}`,
      ...flags,
      ...paths,
    ],
    { NODE_COMPILE_CACHE: path.join(scratch, 'compile-cache') },
  );
  if (!existsSync(output)) return counted(1, { passed: 0, failed: 0, skipped: 0 });
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites, testResults } = JSON.parse(
    readFileSync(output, 'utf8'),
  );
  const names = testResults.flatMap(({ name, assertionResults, status }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed').map(({ fullName }) => fullName);
    const whole = status === 'failed' && failed.length === 0 ? ['could not run'] : [];
    return [...failed, ...whole].map((what) => `${path.relative(ROOT, name)}: ${what}`);
  });
  return counted(code, {
    names,
    passed: numPassedTests,
    failed: numFailedTests + numRuntimeErrorTestSuites,
    skipped: numPendingTests,
  });
}

/** @param {string | null} printsTo - File for what it prints, while Jest has the terminal. */
async function runPytest(scratch, paths, coverage, printsTo) {
  const output = path.join(scratch, 'pytest.xml');
  const flags = coverage
    ? ['--cov', '--cov-config=trainer/pyproject.toml', `--cov-report=json:${scratch}/python-coverage.json`]
    : [];
  const printed = printsTo === null ? 'inherit' : openSync(printsTo, 'w');
  const code = await run(
    path.join(VENV_BIN, 'python'),
    [
      '-m',
      'pytest',
      '-c',
      'trainer/pyproject.toml',
      '--rootdir=trainer',
      `--junitxml=${output}`,
      ...flags,
      ...(paths.length > 0 ? paths : ['trainer/tests']),
    ],
    { COVERAGE_FILE: path.join(scratch, '.coverage') },
    printed,
  );
  if (printed !== 'inherit') closeSync(printed);
  const suite = existsSync(output) ? /<testsuite [^>]*>/.exec(readFileSync(output, 'utf8'))?.[0] : undefined;
  const number = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite ?? '')?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  return counted(code, { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') });
}

function tell(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const skipped = sum('skipped');
  // Pytest has just named its own; Jest's are far above by now.
  for (const { names = [] } of results) for (const name of names) process.stdout.write(`${t`failed: ${name}`}\n`);
  process.stdout.write(
    `\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  );
  return sum('failed') === 0 ? 0 : 1;
}
