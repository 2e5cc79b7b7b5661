/** What a reader needs to check and repeat the run: cost, configurations, versions, hashes, commands. */
import { configFor } from '../../domain/configurations.ts';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import type { RunState } from '../../domain/runState.ts';
import { isFree } from '../../domain/freeKeys.ts';
import { isPlugin } from '../../domain/metric.ts';
import { relevantKeys } from '../../domain/relevantKeys.ts';
import { incumbentOf } from '../../domain/runTrials.ts';
import type { Place } from '../charts/figures.ts';
import { code, framed, inlineCode, paragraph, section, strong, table } from '../document.ts';
import type { Cell, Section } from '../document.ts';
import type { ReportFacts } from '../facts.ts';
import { modelUse } from '../modelUse.ts';
import { duration, moment, paragraphs, reasonBlocks } from '../phrases.ts';
import type { Say } from '../phrases.ts';

export function costSection(state: RunState, say: Say, place: Place): Section[] {
  const { usage } = state;
  const asked: Cell[][] = [
    [say.cell('语言模型调用', 'language-model calls'), String(usage.calls)],
    [say.cell('输入／输出 token', 'prompt / reply tokens'), `${usage.promptTokens} / ${usage.completionTokens}`],
    [
      say.cell('请求次数（含无回复）', 'requests, unanswered ones included'),
      usage.assumedTokens > 0
        ? say.cell(
            `${usage.attempts}（其中 ${usage.assumedTokens} 个 token 为无回复请求按上限计）`,
            `${usage.attempts} (${usage.assumedTokens} tokens assumed for requests without a reply)`,
          )
        : String(usage.attempts),
    ],
    [
      say.cell('等待语言模型', 'waiting for the language model'),
      usage.timeOuts > 0
        ? `${duration(usage.adviserSeconds, say)} (${usage.timeOuts} ${say.cell('次超时', 'time-outs')})`
        : duration(usage.adviserSeconds, say),
    ],
    [
      say.cell('费用', 'cost'),
      usage.calls === 0
        ? '$0'
        : usage.costUsd === null
          ? say.cell('未知（未设置单价）', 'unknown (no prices set)')
          : `$${usage.costUsd.toFixed(4)}`,
    ],
  ];
  const rows: Cell[][] = [
    ...(usage.calls + usage.attempts > 0
      ? asked
      : [[say.cell('语言模型', 'language model'), say.cell('没有询问，无费用', 'not asked, no cost')]]),
    [say.cell('训练与评估', 'training and evaluation'), duration(usage.trainSeconds, say)],
    [say.cell('等待人或空闲的工作进程', 'waiting for people or a free worker'), duration(state.waitedMs / 1000, say)],
  ];
  return section('cost', say('费用与时间', 'Cost and time'), [
    ...place('time_spent'),
    table([say('项目', 'item'), say('数量', 'amount')], rows, [1]),
  ]);
}

export function configurationSection(state: RunState, say: Say): Section[] {
  const best = incumbentOf(state);
  const defaults = state.config.DEFAULT_CONFIG;
  const winner = best ? configFor(state, best.values) : null;
  const show = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? formatValue(value) : JSON.stringify(value);
  const rows = relevantKeys(defaults, state.config.TUNABLE_KEYS).map((key): Cell[] => {
    const changed = winner !== null && JSON.stringify(winner[key]) !== JSON.stringify(defaults[key]);
    const value = winner ? show(winner[key]) : '–';
    return [inlineCode(key), show(defaults[key]), changed ? [strong(value), ' ←'] : value];
  });
  return section(
    'configuration',
    say('完整配置', 'Full configuration'),
    [table([say('键', 'key'), say('默认', 'default'), say('最优', 'winner')], rows)],
    true,
  );
}

export function provenanceSection({ state, workflowId, curves }: ReportFacts, say: Say): Section[] {
  const { trainer } = state;
  const { formatScore } = formatsOf(state);
  const rows: Cell[][] = [
    [say.cell('运行', 'run'), inlineCode(state.run)],
    [say.cell('工作流', 'workflow'), inlineCode(workflowId)],
    [say.cell('开始', 'started'), `${moment(state.startedAt)} UTC`],
  ];
  if (trainer) {
    rows.push([
      say.cell('设备', 'device'),
      `${trainer.device.type} ${trainer.device.name}, ${trainer.threads} ${say.cell('线程', 'threads')}`,
    ]);
    rows.push([
      say.cell('版本', 'versions'),
      Object.entries(trainer.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ]);
    rows.push([say.cell('数据指纹', 'data fingerprint'), inlineCode(trainer.inspection.data.fingerprint)]);
    const weights = isPlugin(state.config.DEFAULT_CONFIG)
      ? say.cell('自定义训练的代码', 'code of the training')
      : say.cell('基础模型权重', 'base model weights');
    rows.push([weights, inlineCode(trainer.inspection.model.fingerprint)]);
  }
  const trials = state.trials.map((trial): Cell[] => [
    String(trial.number),
    inlineCode(trial.id),
    String(trial.seed),
    formatScore(trial.result?.score),
    trial.result ? inlineCode(trial.result.modelDigest.slice(0, 16)) : '–',
    curves.get(trial.id)?.precision ?? '–',
    memory(curves.get(trial.id)?.peak_memory_mb),
  ]);
  const content = [
    table([say('项目', 'item'), say('值', 'value')], rows),
    table(
      [
        say('试验', 'trial'),
        say('标识', 'id'),
        say('种子', 'seed'),
        say('得分', 'score'),
        say('权重摘要', 'weights digest'),
        say('精度', 'precision'),
        say('内存峰值', 'peak memory'),
      ],
      trials,
      [2, 3, 6],
    ),
  ];
  return section('provenance', say('来源与校验', 'Provenance'), content, true);
}

const memory = (mb: number | null | undefined): string => (mb ? `${Math.round(mb)} MiB` : '–');

/** Of keys that hold texts or numbers, those that a run is about. */
const ALWAYS_SET: ReadonlySet<string> = new Set([
  'TASK',
  'DATASET_NAME',
  'STSB_TRAIN_SPLIT',
  'STSB_DEV_SPLIT',
  'STSB_TEST_SPLIT',
  'BASE_MODEL',
  'SEED',
  'TRAINER',
  'TRAINER_COMMAND',
  'TRAINER_FILES',
  'METRIC',
  'CONSTRAINTS',
]);

const setFlag = (key: string, value: unknown): string =>
  `  --set '${key}=${(typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll("'", "'\\''")}'`;

export function reproduceSection(state: RunState, say: Say): Section[] {
  const best = incumbentOf(state);
  if (!best) return [];
  const winner = configFor(state, best.values);
  const plugin = isPlugin(winner);
  const sets = relevantKeys(winner, state.config.TUNABLE_KEYS).filter(
    (key) =>
      key in best.values ||
      ALWAYS_SET.has(key) ||
      (plugin ? isFree(key) : !['string', 'number'].includes(typeof winner[key])),
  );
  const flags = [
    ...sets.map((key) => setFlag(key, winner[key])),
    // The defaults' list is for the tasks.
    ...(plugin ? [setFlag('TUNABLE_KEYS', state.config.TUNABLE_KEYS)] : []),
  ];
  const command = [
    'npm run start-run -- --auto \\',
    ...flags.map((flag, index) => (index < flags.length - 1 ? `${flag} \\` : flag)),
  ].join('\n');
  const use = modelUse(winner, state.bestModel ?? 'best_overall_model');
  return section('reproduce', say('复现与使用', 'Reproduce and use'), [
    ...(use ? [paragraph(say('载入模型：', 'Load the model:')), code('python', use.join('\n'))] : []),
    ...paragraphs(
      say,
      '以最优配置为起点重新运行（第一个试验即为该配置）：',
      'A run that starts from the winner (its first trial is that configuration):',
    ),
    code('bash', command),
  ]);
}

export function summarySection(state: RunState, say: Say): Section[] {
  if (!state.summary) return [];
  // No language model's words: the program's own, which say so.
  if (state.adviser?.kind !== 'openai' || state.summary.model !== state.adviser.model)
    return section('summary', say('总结', 'Summary'), [
      framed('quoted', reasonBlocks(state.summary.text, say), 'blockquote'),
    ]);
  return section('summary', say('顾问的总结', "The adviser's summary"), [
    ...paragraphs(
      say,
      '以下是顾问的原话；本报告的数字均来自试验，而非来自这段文字。',
      "The words below are the adviser's; every number elsewhere in this report comes from the trials, not from them.",
    ),
    framed('quoted', reasonBlocks(state.summary.text, say), 'blockquote'),
    paragraph('— ', inlineCode(say.told(state.summary.model))),
  ]);
}
