/** The YAML that a tuning begins with, as a text. */
import type { AgentSettings } from '../../domain/agentSettings.ts';
import type { Answers, OwnKey } from './answers.ts';

/** A training may take this many times what its author thinks before it is ended. */
const PATIENCE = 10;
const SHORTEST_LIMIT = 60;

/** How much is spent, by the seconds of one training: many short ones, few long ones. */
function planFor(
  seconds: number,
): Pick<AgentSettings, 'MAX_PRIORITY_PARAMS' | 'ROUNDS_PER_PARAM' | 'NOISE_SEEDS' | 'CONFIRM_SEEDS'> {
  if (seconds <= 120) return { MAX_PRIORITY_PARAMS: 3, ROUNDS_PER_PARAM: 4, NOISE_SEEDS: 2, CONFIRM_SEEDS: 2 };
  if (seconds <= 1800) return { MAX_PRIORITY_PARAMS: 3, ROUNDS_PER_PARAM: 3, NOISE_SEEDS: 2, CONFIRM_SEEDS: 2 };
  return { MAX_PRIORITY_PARAMS: 3, ROUNDS_PER_PARAM: 2, NOISE_SEEDS: 1, CONFIRM_SEEDS: 1 };
}

/** Trainings that the plan comes to: the default, its seeds, the pool, fresh seeds of default and winner. */
export function trainingsOf(seconds: number): number {
  const { MAX_PRIORITY_PARAMS, ROUNDS_PER_PARAM, NOISE_SEEDS, CONFIRM_SEEDS } = planFor(seconds);
  return 1 + NOISE_SEEDS + MAX_PRIORITY_PARAMS * ROUNDS_PER_PARAM + 2 * CONFIRM_SEEDS;
}

/** Flow style of JSON is YAML, too; keys without quotes are easier to read. */
const flow = (value: object): string =>
  `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${JSON.stringify(item)}`)
    .join(', ')}}`;

/** @param command - What starts it, for its first line. */
export function yamlOf(answers: Answers, command: string): string {
  const lines = [`# ${command}`, 'DEFAULT_CONFIG:', ...whatIsTrained(answers)];
  if (answers.kind !== 'task') {
    lines.push('  # Keys of your training, as it reads them from its config; these values are trained first.');
    lines.push(...answers.keys.map(({ name, value }) => `  ${name}: ${JSON.stringify(value)}`), '', 'TUNABLE_KEYS:');
    lines.push(...answers.keys.map(({ name, space }) => `  ${name}: ${flow(bare(space))}`));
  }
  const plan = planFor(answers.seconds);
  const limit = Math.max(SHORTEST_LIMIT, Math.round(PATIENCE * answers.seconds));
  return [
    ...lines,
    '',
    'AGENT_SETTINGS:',
    `  # At most ${trainingsOf(answers.seconds)} trainings.`,
    ...Object.entries(plan).map(([key, value]) => `  ${key}: ${value}`),
    `  # ${PATIENCE} times what one is thought to take.`,
    `  MAX_TRIAL_SECONDS: ${limit}`,
    '',
  ].join('\n');
}

const bare = ({ scale, ...space }: OwnKey['space']): object => (scale === 'log' ? { ...space, scale } : space);

function whatIsTrained(answers: Answers): string[] {
  if (answers.kind === 'task') return [`  TASK: ${answers.task}`, `  DATASET_NAME: ${JSON.stringify(answers.data)}`];
  const { name, direction } = answers.metric;
  return [
    answers.kind === 'function'
      ? `  TRAINER: ${JSON.stringify(answers.file)}`
      : `  TRAINER_COMMAND: ${JSON.stringify(answers.command)}`,
    '  # Files and folders with its data: other data are another training.',
    '  TRAINER_FILES: []',
    `  METRIC: ${flow({ name, direction, unit: null })}`,
    '  # What a training must hold to be admissible, by names of metrics that it returns: ["LATENCY_MS <= 20"]',
    '  CONSTRAINTS: []',
  ];
}
