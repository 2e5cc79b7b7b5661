/** Step 3. The adviser names a base configuration and the few parameters worth tuning. */
import { currentValues } from '../domain/configurations.ts';
import { formatValue } from '../domain/formats.ts';
import { refuseReason } from '../domain/reasons.ts';
import type { Plan } from '../domain/runState.ts';
import { said } from '../domain/said.ts';
import { usualOrder } from '../domain/searchSpace.ts';
import { readPlan, refusePlan, inBoth } from '../domain/suggestions.ts';
import type { PlanReply } from '../domain/suggestions.ts';
import { challenge } from './challenging.ts';
import { consult } from './consulting.ts';
import { endIfAsked } from './gates.ts';
import type { Host } from './host.ts';
import { openOnShare } from './opening.ts';
import { train } from './training.ts';

export async function makePlan(host: Host): Promise<void> {
  const { state } = host;
  const plan = await decidePlan(host);
  state.plan = plan;
  const keys = host.release >= 3 ? withPersonsKeys(host, plan.priorityKeys) : [...plan.priorityKeys];
  // Where the key is decided anew each time, the plan says only which are probed first.
  const byParameter = host.release < 4 || state.config.AGENT_SETTINGS.SEARCH === 'by_parameter';
  state.queue = byParameter ? keys : [];
  if (host.release >= 4) state.probes = byParameter ? [...keys] : probesFor(host, plan, keys);
  host.show();
  const values = { ...currentValues(state), ...plan.baseConfig };
  if (Object.keys(plan.baseConfig).length > 0) {
    if (host.release >= 3) endIfAsked(host);
    if (host.release >= 4) state.spent += 1;
    const base = {
      purpose: 'base_config' as const,
      key: null,
      values,
      proposedBy: plan.proposedBy,
      reason: plan.reason,
    };
    const trial = await train(host, base);
    if (host.release >= 4) await challenge(host, trial);
  }
  if (host.release >= 4) await openOnShare(host);
  state.phase = 'tuning';
  endIfAsked(host);
}

/**
 * Which keys are probed first where the model of all keys decides afterwards: those of the plan; a language model's take
 * turns with the usual ones, as its plan has no record yet and three wasted probes are a third of a usual pool.
 */
function probesFor({ state }: Host, plan: Plan, keys: readonly string[]): string[] {
  const { ADVISER } = state.config.AGENT_SETTINGS;
  if (state.adviser?.kind !== 'openai' || plan.proposedBy !== 'adviser' || ADVISER === 'openai') return [...keys];
  const usual = usualOrder(Object.keys(state.config.TUNABLE_KEYS));
  return [...new Set(keys.flatMap((key, index) => [key, usual[index]!]))].slice(0, keys.length);
}

/** Keys that a person has set a value for already come first, whether or not the plan names them. */
function withPersonsKeys({ state }: Host, planned: readonly string[]): string[] {
  const wished = Object.keys(state.inbox.overrides);
  const queue = [...new Set([...wished, ...planned])].slice(0, state.config.AGENT_SETTINGS.MAX_PRIORITY_PARAMS);
  for (const key of wished.filter((name) => !planned.includes(name)))
    state.notes.push(
      queue.includes(key)
        ? said`${key} is tuned since a person set a value for it; the plan did not name it`
        : said`the value that a person set for ${key} is not tried: MAX_PRIORITY_PARAMS leaves no room for it`,
    );
  return queue;
}

async function decidePlan(host: Host): Promise<Plan> {
  const { state, steps } = host;
  const { TUNABLE_KEYS: spaces, AGENT_SETTINGS: settings } = state.config;
  const consulted = await consult<PlanReply, PlanReply>(host, {
    name: 'plan',
    key: null,
    ask: steps.advisePlan,
    check: (given) => {
      const reply = host.release >= 3 ? readPlan(given, spaces) : given;
      const problems = refusePlan(reply, spaces, settings.MAX_PRIORITY_PARAMS);
      const reasonProblem = host.release >= 4 ? refuseReason(reply.reason) : null;
      if (reasonProblem) problems.unshift(reasonProblem);
      const proposal = said`keys ${reply.priority_keys.join(', ')}; ${reply.base_config.map(({ key, value }) => `${key} = ${formatValue(value)}`).join(', ')}`;
      return problems.length === 0
        ? { answer: reply }
        : { refused: problems.join('; '), proposal: proposal.slice(0, 200) };
    },
  });
  if (consulted) {
    const { answer, proposedBy } = consulted;
    const defaults = currentValues(state);
    const changes = answer.base_config.filter(({ key, value }) => defaults[key] !== value);
    return {
      baseConfig: Object.fromEntries(changes.map(({ key, value }) => [key, value])),
      priorityKeys: answer.priority_keys,
      reason: answer.reason,
      proposedBy,
    };
  }
  state.notes.push(said`no adviser gave a usable plan: the defaults and the first tunable keys are used`);
  return {
    baseConfig: {},
    priorityKeys: Object.keys(spaces).slice(0, settings.MAX_PRIORITY_PARAMS),
    proposedBy: 'fallback',
    reason: inBoth(
      '顾问没有给出可用的计划，因此使用默认配置和前几个可调参数。',
      'No adviser gave a usable plan, so the defaults and the first tunable keys are used.',
    ),
  };
}
