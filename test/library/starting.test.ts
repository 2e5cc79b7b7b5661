import { expect, test } from '@jest/globals';
import { configurationOf } from '../../src/library/starting.ts';

test('a text of `set` stays a text, whatever it looks like; what is not given is left out', () => {
  const { DEFAULT_CONFIG, AGENT_SETTINGS } = configurationOf({
    set: { DATASET_NAME: '2024', GPT_MODEL: 'a: b', MAX_PRIORITY_PARAMS: 2, NOISE_SEEDS: undefined },
    environment: false,
  } as Parameters<typeof configurationOf>[0]);
  expect([DEFAULT_CONFIG.DATASET_NAME, AGENT_SETTINGS.GPT_MODEL]).toEqual(['2024', 'a: b']);
  expect(AGENT_SETTINGS.MAX_PRIORITY_PARAMS).toBe(2);
});
