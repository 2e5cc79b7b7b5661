/** The adviser without a language model: Optuna's TPE over the parameter in hand. It says so in every reason. */
import type { Advice } from '../../activities/contract.ts';
import { formatScore, formatValue } from '../../domain/progress.ts';
import { said } from '../../domain/suggestions.ts';
import type { PlanReply, SuggestionReply, SummaryReply } from '../../domain/suggestions.ts';
import type { Adviser } from '../adviser.ts';
import type { LocalOptimiser } from './optimiser.ts';

const MODEL = 'local optimiser (Optuna TPE)';
/** Parameters in the order in which they usually matter for fine-tuning. */
const USUAL_ORDER = [
  'LEARNING_RATE',
  'NUM_TRAIN_EPOCHS',
  'TRAIN_BATCH_SIZE',
  'WARMUP_RATIO',
  'LOSS',
  'LR_SCHEDULER',
  'WEIGHT_DECAY',
  'GRAD_ACC_STEPS',
];

const advice = <Reply>(value: Reply): Advice<Reply> => ({
  value,
  problem: null,
  raw: JSON.stringify(value).slice(0, 2000),
  model: MODEL,
  usage: { promptTokens: 0, completionTokens: 0 },
});

export function localAdviser(optimiser: LocalOptimiser): Adviser {
  return {
    facts: () => ({
      kind: 'local',
      model: MODEL,
      note: 'no language model advises: values come from the local optimiser (Optuna TPE)',
    }),
    check: async () => advice(null),
    plan: async ({ context }) => {
      const keys = Object.keys(context.spaces).sort((a, b) => USUAL_ORDER.indexOf(a) - USUAL_ORDER.indexOf(b));
      return advice<PlanReply>({
        base_config: [],
        priority_keys: keys.slice(0, context.maxKeys),
        reason: said(
          '没有使用语言模型：保留默认配置，按通常的重要性选取参数。',
          'No language model was asked: the defaults are kept, and the parameters that usually matter most come first.',
        ),
      });
    },
    suggest: async ({ context }) => {
      const key = context.key!;
      const answer = await optimiser.suggest({
        key,
        space: bare(context.spaces[key]!),
        trials: context.measuredHere,
        seed: context.seed,
      });
      const known = context.measuredHere.length;
      return advice<SuggestionReply>(
        'value' in answer
          ? {
              key,
              value: answer.value,
              exhausted: false,
              reason: said(
                `TPE 根据 ${known} 个已测值提出 ${formatValue(answer.value)}（非语言模型）。`,
                `TPE proposes ${formatValue(answer.value)} from ${known} measured values (no language model).`,
              ),
            }
          : { key, value: null, exhausted: true, reason: said('所有取值都已测过。', 'Every value has been measured.') },
      );
    },
    summarise: async ({ context }) => {
      const best = context.incumbent ? formatScore(context.incumbent.score) : '–';
      const fixed =
        Object.entries(context.fixed)
          .map(([key, value]) => `${key} = ${formatValue(value)}`)
          .join(', ') || '–';
      return advice<SummaryReply>({
        summary: said(
          `默认配置得分 ${formatScore(context.baselineScore)}，最优得分 ${best}；依次确定：${fixed}。低于约 ${formatScore(context.noticeable)} 的差异属于噪声。此总结由程序生成，没有使用语言模型。`,
          `The default configuration scored ${formatScore(context.baselineScore)}, the best ${best}; fixed in turn: ${fixed}. Differences below about ${formatScore(context.noticeable)} are noise. This summary was made from the numbers, without a language model.`,
        ),
      });
    },
  };
}

function bare<Space extends { allowed: string }>({ allowed: _, ...space }: Space): Omit<Space, 'allowed'> {
  return space;
}
