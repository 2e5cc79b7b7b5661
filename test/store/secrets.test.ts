/** Keys of a store reach neither logs nor the trainer. */
import { expect, test } from '@jest/globals';
import { redactor } from '../../src/logging/secrets.ts';
import { pythonEnvironment } from '../../src/processes/python.ts';
import { environmentFor } from './s3Server.ts';

const KEYS = { ...environmentFor('http://127.0.0.1:9'), AWS_SESSION_TOKEN: 'session-canary' };

test('their values are taken out of every text', () => {
  const text = redactor(KEYS)(JSON.stringify(KEYS));
  expect(JSON.parse(text)).toMatchObject({
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: '[secret]',
    AWS_SECRET_ACCESS_KEY: '[secret]',
    AWS_SESSION_TOKEN: '[secret]',
  });
});

test('the trainer gets none of them', () => {
  Object.assign(process.env, KEYS);
  const given = Object.keys(pythonEnvironment()).filter((name) => /^AWS_.*(KEY|TOKEN)/.test(name));
  expect(given).toEqual([]);
});
