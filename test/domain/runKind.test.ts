/** What all trainings of a run have in common, and how a machine that lacks it is told apart. */
import { expect, test } from '@jest/globals';
import { differenceFrom, kindOf } from '../../src/domain/runKind.ts';
import { expected } from '../../src/activities/runKind.ts';
import { FACTS } from './runs.ts';

const kind = kindOf({ ...FACTS, versions: { torch: '2.9.1', python: '3.11.7', trainer: '0.4.0' } });
const machine = { device: FACTS.device, versions: { torch: '2.9.1', python: '3.11.7', trainer: '0.5.0' } };

test('another release of the product, memory or number of devices is no other kind: the run goes on over an upgrade', () => {
  expect(kind.versions).toEqual({ torch: '2.9.1', python: '3.11.7' });
  expect(differenceFrom(kind, machine)).toBeNull();
  expect(differenceFrom(kind, { ...machine, device: { ...FACTS.device, count: 8, memory_mb: 1 } })).toBeNull();
});

test('of several base models each training must have its own', () => {
  const facts = { source: 'path', path: '/m', dimension: 8, tokens: 16, parameters: 1, bytes: 4, licence: null };
  const models = [
    { ...facts, name: 'a', fingerprint: 'weights' },
    { ...facts, name: 'b', fingerprint: 'others' },
  ];
  const several = { ...FACTS, inspection: { ...FACTS.inspection, models } };
  expect(kindOf(several).models).toEqual({ a: 'weights', b: 'others' });
  expect(kind).not.toHaveProperty('models');
  const config = { BASE_MODEL: 'b' };
  expect(expected(kindOf(several), config).expects!.model).toBe('others');
  expect(expected(kind, config).expects!.model).toBe('weights');
});

test('another device or library is named, with both', () => {
  const device = { ...FACTS.device, type: 'cuda' as const, name: 'NVIDIA H100' };
  expect(differenceFrom(kind, { ...machine, device })).toBe(
    `device cuda NVIDIA H100, not ${FACTS.device.type} ${FACTS.device.name}`,
  );
  expect(differenceFrom(kind, { ...machine, versions: { python: '3.12.1' } })).toBe(
    'torch none, not 2.9.1; python 3.12.1, not 3.11.7',
  );
});
