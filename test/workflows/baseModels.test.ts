/** Several base models in one run, and keys that cannot change a score. */
import { expect, test } from '@jest/globals';
import type { ConfirmRequest, ProbeRequest } from '../../src/domain/contract.ts';
import type { Decision } from '../../src/domain/decisions.ts';
import { meritOfBase } from '../../src/domain/baseModels.ts';
import { newRun, wholeConfig } from '../../src/domain/runState.ts';
import type { RunState } from '../../src/domain/runState.ts';
import { incumbentOf } from '../../src/domain/runTrials.ts';
import { trialId } from '../../src/domain/trialIdentity.ts';
import { progressOf } from '../../src/domain/progress.ts';
import { verdictOf } from '../../src/domain/verdict.ts';
import { closingLines } from '../../src/client/terminal/ending.ts';
import { outcomeJson } from '../../src/client/outcome.ts';
import { confirmationSection } from '../../src/reports/sections/confirmation.ts';
import { findings } from '../../src/reports/sections/findings.ts';
import { modelCard } from '../../src/reports/modelCard.ts';
import { modelsSection } from '../../src/reports/sections/models.ts';
import { sayIn } from '../../src/reports/phrases.ts';
import { adviserContext } from '../../src/domain/trajectory.ts';
import { fillPrompt } from '../../src/advisers/prompts.ts';
import { tellRun } from '../../src/workflows/tuningRun.ts';
import { FACTS, config, result } from '../domain/runs.ts';
import type { Fakes, MemoryWorld } from './memoryHost.ts';
import { memoryWorld } from './memoryHost.ts';

const SMALL = 'sentence-transformers/all-MiniLM-L6-v2';
const LARGE = '/models/large';
const OTHER = '/models/other';
const UNTOUCHED: Record<string, number> = { [SMALL]: 0.6, [LARGE]: 0.55, [OTHER]: 0.62 };
const TRAINED: Record<string, number> = { [SMALL]: 0.65, [LARGE]: 0.8, [OTHER]: 0.63 };
const MODELS = `TUNABLE_KEYS={BASE_MODEL: {type: categorical, choices: [${SMALL}, ${LARGE}, ${OTHER}]}, LOSS: null}`;

const facts = { source: 'path', dimension: 384, tokens: 512, parameters: 22e6, bytes: 9e7, licence: 'apache-2.0' };
const inspected = {
  ...FACTS,
  inspection: {
    ...FACTS.inspection,
    models: [SMALL, LARGE, OTHER].map((name) => ({ ...facts, name, path: `/at${name}`, fingerprint: `of ${name}` })),
  },
};

async function play(
  set: string[],
  fakes: Fakes = {},
  person: () => Decision[] = () => [],
): Promise<{ state: RunState; world: MemoryWorld; probed: ProbeRequest[]; confirmed: ConfirmRequest[] }> {
  const probed: ProbeRequest[] = [];
  const confirmed: ConfirmRequest[] = [];
  const state = newRun('tune', config('NOISE_SEEDS=0', 'CONFIRM_SEEDS=0', 'SEARCH=adaptive', ...set), 0);
  const world: MemoryWorld = memoryWorld(
    state,
    {
      probeTrainer: async (request) => {
        probed.push(request);
        return inspected;
      },
      scoreUntouched: async (request) => {
        probed.push(request);
        return { score: UNTOUCHED[request.config.BASE_MODEL]!, seconds: 2 };
      },
      trainTrial: async ({ config: { BASE_MODEL } }) => result(TRAINED[BASE_MODEL]!),
      confirmHeldOut: async (request) => {
        confirmed.push(request);
        return {
          split: 'test',
          pairs: 500,
          scores: request.models.map(({ arm }) => (arm === 'best' ? 0.75 : 0.6)),
          difference: { mean: 0.15, low: 0.1, high: 0.2 },
          overUntouched: { mean: 0.15, low: 0.1, high: 0.2 },
          verdict: 'better',
          seedSd: { baseline: 0.004, best: 0.004, measured: true },
          seconds: 1,
        };
      },
      ...fakes,
    },
    person,
    undefined,
    6,
  );
  await tellRun(world.host);
  return { state, world, probed, confirmed };
}

test('every model is checked and scored as it came before anything is trained; the search may then choose', async () => {
  const { state, world, probed } = await play(['INTERACTIVE_MODE=false', MODELS]);
  expect(probed[0]!.tunable).toEqual({ BASE_MODEL: [SMALL, LARGE, OTHER] });
  expect(probed.slice(1).map(({ config: { BASE_MODEL } }) => BASE_MODEL)).toEqual([SMALL, LARGE, OTHER]);
  expect(world.calls.lastIndexOf('scoreUntouched')).toBeLessThan(world.calls.indexOf('trainTrial'));
  expect(state.untouched).toBe(0.6);
  expect(state.untouchedModels[LARGE]).toEqual({ score: 0.55, seconds: 2 });
  expect(incumbentOf(state)!.values).toMatchObject({ BASE_MODEL: LARGE });
  // The better one as it came was a hint, and lost as an ordinary training.
  expect(state.trials.find(({ values }) => values['BASE_MODEL'] === OTHER)!.accepted).toBe(false);
});

test('each training is identified by the weights of its own model, and expects them', async () => {
  const { state, world } = await play(['INTERACTIVE_MODE=false', MODELS]);
  const { DEFAULT_CONFIG } = state.config;
  const large = { ...DEFAULT_CONFIG, BASE_MODEL: LARGE };
  const changed = structuredClone(inspected);
  changed.inspection.models[1]!.fingerprint = 'edited';
  expect(trialId(large, changed)).not.toBe(trialId(large, inspected));
  expect(trialId(DEFAULT_CONFIG, changed)).toBe(trialId(DEFAULT_CONFIG, inspected));
  expect(world.trained.every(({ kind }) => kind!.models![LARGE] === `of ${LARGE}`)).toBe(true);
  // With one model alone an identity is what it always was.
  const alone = config().DEFAULT_CONFIG;
  expect(trialId(alone, FACTS)).toBe(
    trialId(alone, { ...FACTS, inspection: { ...FACTS.inspection, models: undefined } }),
  );
});

test('the untouched rival is the best model as it came, and card and report say whose merit it is', async () => {
  const { state, confirmed } = await play(['INTERACTIVE_MODE=false', MODELS]);
  expect(confirmed[0]!.config.BASE_MODEL).toBe(OTHER);
  expect(state.confirmation!.untouchedModel).toBe(OTHER);
  expect(state.published!.what).toBe('best');
  expect(state.published!.why.en).toContain(`untouched model ${OTHER} 0.6000`);
  expect(modelCard(state).card).toContain(`fine-tuned from \`${LARGE}\``);
  const card = modelCard({ ...state, published: { what: 'untouched', why: { zh: '', en: '' } } }).card;
  expect(card).toContain(`\`${OTHER}\` as it came`);
  // Whatever is called untouched is that model, by name.
  expect(progressOf(state)).toMatchObject({ untouched: 0.62, untouchedModel: OTHER });
  expect(outcomeJson('w', { progress: progressOf(state), error: null, failure: null }, null)['untouched']).toEqual({
    model: OTHER,
    score: 0.62,
    test: 0.6,
  });
  expect(closingLines(progressOf(state)).join('\n')).toMatch(
    /untouched model +0\.6200 +0\.6000[\s\S]*untouched +\/models\/other/,
  );
  expect(modelCard(state).tuning).toMatchObject({ untouched: 0.62, untouchedModel: OTHER });
  expect(modelCard(state).card).toContain(`untouched model ${OTHER}: 0.6200`);
  for (const section of [confirmationSection, findings])
    expect(JSON.stringify(section(state, sayIn('en'), () => []))).toMatch(new RegExp(`untouched( model)? ${OTHER}`));
  expect(verdictOf({ ...state, baseline: null, confirmation: null })!.line.en).toContain(
    `compared with the untouched model ${OTHER} alone: dev score 0.6200`,
  );
  const table = JSON.stringify(modelsSection(state, sayIn('en')));
  for (const said of ['apache-2.0', '22.0', '0.5500', '0.8000', OTHER]) expect(table).toContain(said);
});

test('a winner whose training adds nothing to its better base is told so', async () => {
  const { state } = await play(['INTERACTIVE_MODE=false', MODELS]);
  expect(meritOfBase(state)).toBeNull();
  const confirmation = { ...state.confirmation!, overUntouched: { mean: 0.02, low: -0.01, high: 0.05 } };
  expect(meritOfBase({ ...state, confirmation })).toContain(
    `that its training adds to a base model is not shown: over ${OTHER} as it came it is +0.0200 (95 %: −0.0100 to +0.0500)`,
  );
  const { DEFAULT_CONFIG } = state.config;
  const config = { ...state.config, DEFAULT_CONFIG: { ...DEFAULT_CONFIG, BASE_MODEL: LARGE } };
  expect(meritOfBase({ ...state, confirmation, config })).toBeNull();
});

test('the adviser is shown what each model is and scored, as prior knowledge', async () => {
  const { state } = await play(['INTERACTIVE_MODE=false', MODELS]);
  const prompt = fillPrompt('system', adviserContext(state, null, {}));
  expect(prompt).toContain(
    `${LARGE}: 22.0 million parameters, 90 MB, 384 dimensions, 512 tokens at most, licence apache-2.0; untouched 0.5500`,
  );
  expect(prompt).toContain('need not be their order after it');
});

test('a run of one model is as it was', async () => {
  const { state, probed, confirmed } = await play(['INTERACTIVE_MODE=false', 'TUNABLE_KEYS=[LOSS]'], {
    probeTrainer: async () => FACTS,
    trainTrial: async () => result(0.7),
  });
  expect(probed).toHaveLength(1);
  expect(state).toMatchObject({ untouchedModels: {}, untouched: 0.6 });
  expect(confirmed[0]!.config).toEqual(state.config.DEFAULT_CONFIG);
  expect(state.confirmation).not.toHaveProperty('untouchedModel');
  expect(modelsSection(state, sayIn('en'))).toEqual([]);
});

const RHYTHMS = ['TUNABLE_KEYS=[EVAL_STEPS, SAVE_STEPS, NUM_TRAIN_EPOCHS]', 'EVAL_STRATEGY=steps'];

test('the search spends no training on a key that cannot change a score', async () => {
  const { state, world } = await play(['INTERACTIVE_MODE=false', ...RHYTHMS], { trainTrial: async () => result(0.7) });
  expect(Object.keys(state.config.TUNABLE_KEYS)).toEqual(['NUM_TRAIN_EPOCHS']);
  expect(Object.keys(wholeConfig(state).TUNABLE_KEYS)).toEqual(['NUM_TRAIN_EPOCHS', 'EVAL_STEPS', 'SAVE_STEPS']);
  expect(new Set(world.trained.map(({ config: { EVAL_STEPS } }) => EVAL_STEPS))).toEqual(new Set([50]));
  expect(new Set(world.trained.map(({ trial }) => trial)).size).toBe(world.trained.length);
});

test('a person sets it for the trainings that follow, which stay what they would have been', async () => {
  const plain = await play(['INTERACTIVE_MODE=true', ...RHYTHMS], { trainTrial: async () => result(0.7) });
  let said = false;
  const verdicts: Decision[] = [
    { decision: 'set', key: 'EVAL_STEPS', value: 100 },
    { decision: 'key', key: 'EVAL_STEPS' },
    { decision: 'set', key: 'SAVE_STEPS', value: 7 },
  ];
  const { state, world } = await play(
    ['INTERACTIVE_MODE=true', ...RHYTHMS],
    { trainTrial: async () => result(0.7) },
    () => {
      if (said) return [];
      said = true;
      return verdicts;
    },
  );
  expect(state.inbox.rhythms).toEqual({ EVAL_STEPS: 100 });
  expect(world.trained[0]!.config.EVAL_STEPS).toBe(50);
  expect(world.trained.at(-1)!.config).toMatchObject({ EVAL_STEPS: 100, SAVE_STEPS: 'auto' });
  expect(world.trained.map(({ trial }) => trial)).toEqual(plain.world.trained.map(({ trial }) => trial));
});
