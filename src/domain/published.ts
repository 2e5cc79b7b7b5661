import type { Published, RunState } from './runState.ts';
export function decidePublished(_state: RunState): Published {
  return { what: 'best', why: { zh: '最优', en: 'best' } };
}
