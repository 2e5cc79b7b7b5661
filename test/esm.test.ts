import { expect, test } from '@jest/globals';

test('test files run as ES modules, not as CommonJS that swc made of them', () => {
  expect(typeof (globalThis as { require?: unknown }).require).toBe('undefined');
  expect(import.meta.url).toMatch(/^file:.*esm\.test\.ts$/);
  expect(typeof module).toBe('undefined');
  expect(typeof require).toBe('undefined');
});
