import { availableParallelism } from 'node:os';

/** Jest in ESM mode; TypeScript through swc. Run by `npm test`, which passes --experimental-vm-modules. */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' } }],
  },
  modulePathIgnorePatterns: ['<rootDir>/models/', '<rootDir>/.tuning/', '<rootDir>/.venv/', '<rootDir>/dist/'],
  globalSetup: '<rootDir>/test/bundles.mjs',
  setupFiles: ['<rootDir>/test/seeded.mjs'],
  // More than cores: files that start whole stacks mostly wait.
  maxWorkers: availableParallelism() + 1,
  testSequencer: '<rootDir>/test/longestFirst.mjs',
  testTimeout: 120_000,
  coverageProvider: 'v8',
  coverageReporters: ['json-summary'],
  collectCoverageFrom: ['src/**/*.ts'],
};
