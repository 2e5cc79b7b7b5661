/** Coverage only goes up: test/coverage-floor.json holds what was reached. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { t } from '../src/words/catalogue.mjs';
import { ROOT } from './setup/paths.mjs';

const FLOOR = path.join(ROOT, 'test', 'coverage-floor.json');
/** Percentage points by which runs differ by timing alone. */
const SLACK = 1;

/** Compares with the floor, or raises it. Counts as one test. */
export function checkCoverage(scratch, update) {
  const reached = readCoverage(scratch);
  const floor = JSON.parse(readFileSync(FLOOR, 'utf8'));
  const low = Object.keys(floor).filter((name) => !(reached[name] >= floor[name] - SLACK));
  for (const name of Object.keys(floor))
    process.stdout.write(
      `${
        reached[name] === undefined
          ? t`coverage of lines, ${name}: not measured (floor ${floor[name]} %)`
          : t`coverage of lines, ${name}: ${reached[name]} % (floor ${floor[name]} %)`
      }\n`,
    );
  if (update && low.length === 0)
    writeFileSync(
      FLOOR,
      `${JSON.stringify(Object.fromEntries(Object.entries(floor).map(([name, value]) => [name, Math.max(value, Math.floor(reached[name]))])), null, 2)}\n`,
    );
  return { passed: low.length === 0 ? 1 : 0, failed: low.length === 0 ? 0 : 1, skipped: 0 };
}

function readCoverage(scratch) {
  const jest = path.join(scratch, 'jest-coverage', 'coverage-summary.json');
  const python = path.join(scratch, 'python-coverage.json');
  return {
    typescript: existsSync(jest) ? JSON.parse(readFileSync(jest, 'utf8')).total.lines.pct : undefined,
    python: existsSync(python)
      ? Number(JSON.parse(readFileSync(python, 'utf8')).totals.percent_covered.toFixed(2))
      : undefined,
  };
}
