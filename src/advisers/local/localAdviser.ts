/**
 * The adviser without a language model. Since 0.4.0 it plans and summarises; values come from the search model, which the
 * story asks itself. Executions that earlier releases began still ask it for values of the parameter in hand.
 */
import type { Advice } from '../../domain/contract.ts';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import { usualOrder } from '../../domain/searchSpace.ts';
import { settingsText } from '../../domain/searchWords.ts';
import { isShort, moreThan } from '../../domain/shortTraining.ts';
import { inBoth } from '../../domain/suggestions.ts';
import type { PlanReply, SuggestionReply, SummaryReply } from '../../domain/suggestions.ts';
import type { Reason, Values } from '../../domain/trials.ts';
import { CORRELATION } from '../../domain/metric.ts';
import { said } from '../../domain/said.ts';
import type { Adviser } from '../adviser.ts';
import type { Candidate } from '../../domain/study.ts';
import type { SearchModel } from './searchModel.ts';

const MODEL = said`search model (Gaussian process)`;
const advice = <Reply>(value: Reply): Advice<Reply> => ({
  value,
  problem: null,
  raw: JSON.stringify(value).slice(0, 2000),
  model: MODEL,
  usage: { promptTokens: 0, completionTokens: 0 },
});

export function localAdviser(search: Pick<SearchModel, 'study'>): Adviser {
  return {
    facts: () => ({
      kind: 'local',
      model: MODEL,
      note: said`no language model advises: trainings are chosen by the search model (a Gaussian process)`,
    }),
    check: async () => advice(null),
    plan: async ({ context }) => {
      const steps = context.evidence?.lines.find(({ what }) => what === 'baseline')?.steps ?? null;
      const keys = usualOrder(Object.keys(context.spaces));
      const more = isShort(steps) ? moreThan(context.defaults, context.spaces) : {};
      const base = Object.entries(more);
      return advice<PlanReply>({
        base_config: base.map(([key, value]) => ({ key, value })),
        priority_keys: keys.slice(0, context.maxKeys),
        reason: base.length > 0 ? forShort(steps!, more) : USUAL,
      });
    },
    suggest: async ({ context }) => {
      const key = context.key!;
      const measured = context.measuredHere;
      const { next } = await search.study({
        spaces: { [key]: bare(context.spaces[key]!) },
        defaults: { [key]: context.incumbent?.values[key] ?? context.defaults[key]! },
        trials: measured.map(({ value, score }) => ({
          values: { [key]: value },
          seed: context.seed,
          score,
          pruned: false,
          seconds: null,
        })),
        mode: 'by_parameter',
        keys: [key],
        // Two measured values say nothing of a curve between three.
        probes: measured.length < 2 ? [key] : [],
        hints: [],
        count: 1,
        left: 1,
        pool: Math.max(context.roundsPerKey, 1),
        seed: context.seed,
      });
      return advice<SuggestionReply>(suggestionOf(key, next[0], measured.length));
    },
    summarise: async ({ context }) => {
      const { formatScore, formatSpread } = formatsOf(context.about?.metric ?? CORRELATION);
      const best = context.incumbent ? formatScore(context.incumbent.score) : '–';
      const fixed =
        Object.entries(context.fixed)
          .map(([key, value]) => `${key} = ${formatValue(value)}`)
          .join(', ') || '–';
      return advice<SummaryReply>({
        summary: inBoth(
          `默认配置得分 ${formatScore(context.baselineScore)}，最优得分 ${best}；依次确定：${fixed}。低于约 ${formatSpread(context.noticeable)} 的差异属于噪声。此总结由程序生成，没有使用语言模型。`,
          `The default configuration scored ${formatScore(context.baselineScore)}, the best ${best}; fixed in turn: ${fixed}. Differences below about ${formatSpread(context.noticeable)} are noise. This summary was made from the numbers, without a language model.`,
        ),
      });
    },
  };
}

const USUAL = inBoth(
  '没有使用语言模型：保留默认配置，按通常的重要性选取参数。',
  'No language model was asked: the defaults are kept, and the parameters that usually matter most come first.',
);

function forShort(steps: number, base: Values): Reason {
  const values = settingsText(base);
  return inBoth(
    `没有使用语言模型：默认训练只有 ${steps} 个优化步，这样短的训练通常需要更多（规则，非模型）：先一起试 ${values}，然后按通常的重要性逐个调整参数。`,
    `No language model was asked. The default trains for ${steps} optimizer steps only, and so short a training usually wants more (a rule, no model): ${values} are tried together first, then the parameters that usually matter most.`,
  );
}

/** A candidate as a suggestion, in words that are true of how its value came about. */
function suggestionOf(key: string, candidate: Candidate | undefined, known: number): SuggestionReply {
  if (!candidate)
    return {
      key,
      value: null,
      exhausted: true,
      reason: inBoth('所有取值都已测过。', 'Every value has been measured.'),
    };
  const value = candidate.change[key]!;
  const reason =
    candidate.origin === 'gap'
      ? inBoth(
          `首次探测 ${formatValue(value)}：当前值旁较宽区间的中点（固定规则，非模型）。`,
          `First probe ${formatValue(value)}: the middle of the wider gap beside the present value, by rule.`,
        )
      : inBoth(
          `搜索模型（高斯过程）根据 ${known} 个已测值提出 ${formatValue(value)}。`,
          `The search model (a Gaussian process) proposes ${formatValue(value)} from ${known} measured values.`,
        );
  return { key, value, exhausted: false, reason };
}

function bare<Space extends { allowed: string }>({ allowed: _, ...space }: Space): Omit<Space, 'allowed'> {
  return space;
}
