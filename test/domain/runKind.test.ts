/** What all trainings of a run have in common, and how a machine that lacks it is told apart. */
import { expect, test } from '@jest/globals';
import { differenceFrom, kindOf } from '../../src/domain/runKind.ts';
import { FACTS } from './runs.ts';

const kind = kindOf({ ...FACTS, versions: { torch: '2.9.1', python: '3.11.7', trainer: '0.4.0' } });
const machine = { device: FACTS.device, versions: { torch: '2.9.1', python: '3.11.7', trainer: '0.5.0' } };

test('another release of the product, memory or number of devices is no other kind: the run goes on over an upgrade', () => {
  expect(kind.versions).toEqual({ torch: '2.9.1', python: '3.11.7' });
  expect(differenceFrom(kind, machine)).toBeNull();
  expect(differenceFrom(kind, { ...machine, device: { ...FACTS.device, count: 8, memory_mb: 1 } })).toBeNull();
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
