/** The ways of the real story that are compared: settings, who advises, and what the run is told beforehand. */
import type { AgentSettings } from '../../../src/domain/agentSettings.ts';
import type { Script } from './scripted.ts';

export interface Method {
  SEARCH: AgentSettings['SEARCH'];
  /** A scripted language model beside the search model (ADVISER: hybrid). */
  adviser?: Script;
  /** What a person believes of the first three keys, or the best settings of an earlier run on other data. */
  hints?: 'good' | 'misleading' | 'similar' | 'dissimilar';
  /** Noise seeds, challenges, fresh confirmation seeds and a held-out verdict, as a run has them by default. */
  whole?: boolean;
  /** More seeds of the default; the two of a whole run, else none. */
  NOISE_SEEDS?: number;
  STOP_WHEN?: AgentSettings['STOP_WHEN'];
  PRUNING?: boolean;
  TRAINING_SLOTS?: number;
}

/** What config/default.yaml says, but for the search and the slots. */
const SHIPPED = { whole: true, STOP_WHEN: 'no_gain', PRUNING: true } as const;

export const METHODS = {
  by_parameter: { SEARCH: 'by_parameter' },
  adaptive: { SEARCH: 'adaptive' },
  free: { SEARCH: 'free' },
  'by_parameter, 2 noise seeds': { SEARCH: 'by_parameter', NOISE_SEEDS: 2 },
  'adaptive, worst adviser': { SEARCH: 'adaptive', adviser: 'worst' },
  'adaptive, good adviser': { SEARCH: 'adaptive', adviser: 'good' },
  'adaptive, random adviser': { SEARCH: 'adaptive', adviser: 'random' },
  'adaptive, good hint': { SEARCH: 'adaptive', hints: 'good' },
  'adaptive, misleading hint': { SEARCH: 'adaptive', hints: 'misleading' },
  'adaptive, after similar data': { SEARCH: 'adaptive', hints: 'similar' },
  'adaptive, after dissimilar data': { SEARCH: 'adaptive', hints: 'dissimilar' },
  'by_parameter, whole': { SEARCH: 'by_parameter', whole: true },
  'adaptive, whole': { SEARCH: 'adaptive', whole: true },
  'by_parameter, whole, no_gain': { SEARCH: 'by_parameter', whole: true, STOP_WHEN: 'no_gain' },
  'by_parameter, as shipped, 1 slot': { ...SHIPPED, SEARCH: 'by_parameter', TRAINING_SLOTS: 1 },
  'by_parameter, as shipped, 2 slots': { ...SHIPPED, SEARCH: 'by_parameter', TRAINING_SLOTS: 2 },
  'adaptive, as shipped, 1 slot': { ...SHIPPED, SEARCH: 'adaptive', TRAINING_SLOTS: 1 },
  'free, as shipped, 4 slots': { ...SHIPPED, SEARCH: 'free', TRAINING_SLOTS: 4 },
  'by_parameter, no_gain': { SEARCH: 'by_parameter', NOISE_SEEDS: 2, STOP_WHEN: 'no_gain' },
  'adaptive, pruning': { SEARCH: 'adaptive', PRUNING: true },
  'by_parameter, pruning': { SEARCH: 'by_parameter', PRUNING: true },
  'adaptive, 2 slots': { SEARCH: 'adaptive', TRAINING_SLOTS: 2 },
  'adaptive, 4 slots': { SEARCH: 'adaptive', TRAINING_SLOTS: 4 },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof METHODS;

export const methodOf = (name: string): Method => {
  if (!Object.hasOwn(METHODS, name))
    throw new Error(`no such method: ${name}; there are ${Object.keys(METHODS).join('; ')}`);
  return METHODS[name as MethodName];
};
