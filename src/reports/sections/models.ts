/** Where BASE_MODEL was tuned: what each model is, what it scored before and after training, and what it costs. */
import { baseModelsOf, untouchedRival } from '../../domain/baseModels.ts';
import { configFor } from '../../domain/configurations.ts';
import { formatsOf } from '../../domain/formats.ts';
import type { RunState } from '../../domain/runState.ts';
import { inspected } from '../../domain/trainerFacts.ts';
import { isScored, ofSearch } from '../../domain/trials.ts';
import type { ScoredTrial } from '../../domain/trials.ts';
import { inlineCode, paragraph, section, table } from '../document.ts';
import type { Cell, Section } from '../document.ts';
import type { Say } from '../phrases.ts';

/** Nothing where the run had one model. */
export function modelsSection(state: RunState, say: Say): Section[] {
  const models = baseModelsOf(state.config);
  if (models.length === 1 || !state.trainer) return [];
  const { formatScore } = formatsOf(state);
  const { inspection } = state.trainer;
  const rows = models.map((model): Cell[] => {
    const facts = inspected(inspection, model);
    const untouched = state.untouchedModels[model];
    const trials = trialsOf(state, model);
    const scores = trials.map(({ result }) => result.score);
    return [
      inlineCode(model),
      facts ? (facts.parameters / 1e6).toFixed(1) : '–',
      facts ? (facts.bytes / 1e6).toFixed(0) : '–',
      facts?.dimension ? String(facts.dimension) : '–',
      facts?.licence ?? '–',
      formatScore(untouched?.score),
      formatScore(scores.length > 0 ? Math.max(...scores) : null),
      String(trials.length),
      trials.length > 0 ? perTraining(trials).toFixed(1) : '–',
      untouched && untouched.seconds > 0 ? (inspection.data.splits.dev.rows / untouched.seconds).toFixed(0) : '–',
    ];
  });
  return section('models', say('基础模型', 'Base models'), [
    table(
      [
        say('模型', 'model'),
        say('百万参数', 'million parameters'),
        'MB',
        say('维度', 'dimensions'),
        say('许可', 'licence'),
        say('未训练得分', 'untouched'),
        say('训练后最好', 'best trained'),
        say('训练次数', 'trainings'),
        say('每次训练处理器秒', 'cpu s each'),
        say('每秒评分行数', 'rows scored per s'),
      ],
      rows,
      [1, 2, 3, 5, 6, 7, 8, 9],
    ),
    paragraph(
      say(
        '得分来自验证集；须胜过的未训练模型是验证得分最高者：',
        'Scores are of the dev split. The untouched model that winner and default must beat is the one with the highest:',
      ),
      ' ',
      inlineCode(untouchedRival(state)),
      say('；更好的基础模型本身不算训练的功劳。', '; a better base alone is no merit of a training.'),
    ),
  ]);
}

const trialsOf = (state: RunState, model: string): ScoredTrial[] =>
  state.trials
    .filter(isScored)
    .filter((trial) => ofSearch(trial) && configFor(state, trial.values).BASE_MODEL === model);

const perTraining = (trials: readonly ScoredTrial[]): number =>
  trials.reduce((sum, { result }) => sum + (result.cpuSeconds ?? result.trainSeconds), 0) / trials.length;
