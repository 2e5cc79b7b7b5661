/**
 * The seed of everything that tests draw by chance. In CI it is fixed, so that a result says something of the commit and
 * not of a die; elsewhere each run draws others. FUZZ_SEED gives it.
 *
 * Jest loads this before each test file; the seed stands in the message of a property that fails.
 */
import fc from 'fast-check';

const FIXED = 20_260_101;

export const SEED = Math.trunc(
  Number(process.env['FUZZ_SEED'] || (process.env['CI'] ? FIXED : Math.random() * 0x7fff_ffff)),
);
if (!(SEED >= 0)) throw new Error(`FUZZ_SEED = ${process.env['FUZZ_SEED']}: must be a number from 0`);

fc.configureGlobal({ seed: SEED });
