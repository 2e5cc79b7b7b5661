/**
 * The schema of a run's configuration: the one truth about its keys, types and ranges.
 *
 * `config/schema.json` for editors is generated from here, and every message about a wrong configuration ends here.
 */
import { z } from 'zod';
import { said } from './said.ts';
import { LOSSES, TASKS } from './tasks.ts';
import { STORE_ALLOWED, isStore } from './storePlace.ts';

const positiveInt = (max: number) => z.int().min(1).max(max);
const slice = z
  .string()
  .regex(
    /^[a-z]+(\[-?\d*%?:-?\d*%?\])?$/,
    said`allowed: a split with an optional slice, such as train[:200] or validation[10%:20%]`,
  );
const column = z.union([z.string().min(1), z.int().min(0)]);
/** A name of a key, a column or a metric. */
export const keyName = z
  .string()
  .regex(/^[A-Za-z]\w{0,63}$/, said`allowed: 1 to 64 letters, digits and underscores, starting with a letter`)
  .refine((name) => !(name in Object.prototype), said`it is a word of JavaScript that every object has`);

/** A figure that decides, as a plug-in measures it. */
const metricSchema = z.strictObject({
  name: keyName,
  direction: z.enum(['maximize', 'minimize']),
  unit: z.string().min(1).max(20).nullable(),
});

/** `LATENCY_MS <= 20`. */
const constraintSchema = z
  .string()
  .regex(
    /^[A-Za-z]\w{0,63}\s*(<=|>=|<|>)\s*-?\d+(\.\d+)?(e-?\d+)?$/,
    said`allowed: a metric, one of <=, >=, <, >, and a number, such as LATENCY_MS <= 20`,
  );

/** Names that become a folder below OUTPUT_DIR_ROOT: no separators, no leading dot. */
const nameOf = (longest: number, why: string) =>
  z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,${longest - 1}}$`),
      said`allowed: 1 to ${longest} letters, digits, dots, hyphens and underscores, starting with a letter or digit${why}`,
    );

/** `-20260131-235959`: what a run's name has after the name that a person gave. */
const TIMESTAMP_LENGTH = 16;
const LONGEST_RUN_NAME = 64;

/** A whole run name, and other names of files. */
export const runNameSchema = nameOf(LONGEST_RUN_NAME, '');

/** What a person may call a run: the time of its start still has to fit. */
export const givenNameSchema = nameOf(
  LONGEST_RUN_NAME - TIMESTAMP_LENGTH,
  said`; the time of the start is added, and a run's name has at most ${LONGEST_RUN_NAME}`,
);

/** What a training is made of. Every key is present once a configuration is resolved. */
export const trainingConfigSchema = z.strictObject({
  BASE_MODEL: z.string().min(1).describe('Model to fine-tune: hub id or local folder / 要微调的模型'),
  TASK: z.enum(TASKS).describe('What is trained; decides columns, losses and score / 任务类型'),
  TRAINER: z
    .string()
    .regex(/\.py$/, said`allowed: a Python file, such as my_training.py`)
    .nullable()
    .describe('Own training: a Python file with train(config, report); null: the task / 自定义训练函数'),
  TRAINER_COMMAND: z
    .array(z.string().min(1))
    .min(1)
    .nullable()
    .describe('Own training: a command that speaks the line protocol; null: the task / 自定义训练命令'),
  TRAINER_FILES: z
    .array(z.string().min(1))
    .describe('Files and folders that an own training reads; they belong to its identity / 自定义训练读取的文件'),
  METRIC: metricSchema
    .nullable()
    .describe("Score of an own training: {name, direction, unit}; null: the task's / 自定义训练的指标"),
  CONSTRAINTS: z
    .array(constraintSchema)
    .describe('What a trial must hold to be admissible, such as LATENCY_MS <= 20 / 约束条件'),
  DATASET_NAME: z
    .string()
    .min(1)
    .describe('`sample`, `stsb`, a path to CSV/TSV/JSONL/Parquet or a `datasets` folder, or hub:NAME / 数据集'),
  COLUMNS: z
    .record(keyName, column)
    .nullable()
    .describe('Column names or 0-based indexes of own data; null finds them / 列映射'),
  SCORE_RANGE: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, said`allowed: [min, max] with min < max`)
    .nullable()
    .describe('Lowest and highest score in the data; null finds it / 分数范围'),
  GROUP_COLUMN: column
    .nullable()
    .describe('Column of own data whose groups are never divided between splits; null: none / 分组列'),
  STSB_TRAIN_SPLIT: slice.describe('Rows to train on / 训练切片'),
  STSB_DEV_SPLIT: slice.describe('Rows that give the score / 验证切片'),
  STSB_TEST_SPLIT: slice.describe('Held-out rows, seen once at the end; `none` for no confirmation / 留出测试切片'),
  NUM_TRAIN_EPOCHS: z.number().gt(0).max(100).describe('Passes over the training rows / 训练轮数'),
  TRAIN_BATCH_SIZE: positiveInt(4096).describe('Pairs per step / 训练批大小'),
  EVAL_BATCH_SIZE: positiveInt(4096).describe('Sentences per forward pass when evaluating / 评估批大小'),
  GRAD_ACC_STEPS: positiveInt(1024).describe('Batches per optimizer step / 梯度累积步数'),
  LEARNING_RATE: z.number().gt(0).max(1).describe('Peak learning rate / 学习率'),
  WARMUP_RATIO: z.number().min(0).lt(1).describe('Share of the steps that warm up / 预热比例'),
  WEIGHT_DECAY: z.number().min(0).max(1).describe('AdamW weight decay / 权重衰减'),
  LR_SCHEDULER: z
    .enum(['linear', 'cosine', 'constant', 'constant_with_warmup', 'polynomial'])
    .describe('Learning-rate schedule / 学习率调度'),
  OPTIMIZER: z
    .enum(['adamw_torch_fused', 'adamw_torch', 'adafactor', 'sgd', 'rmsprop', 'adagrad'])
    .describe('Optimizer / 优化器'),
  LOSS: z.enum(LOSSES).describe('Loss; which ones there are depends on TASK / 损失函数'),
  LOSS_SCALE: z
    .number()
    .gt(0)
    .max(1000)
    .nullable()
    .describe("Scale (inverse temperature) of a loss that has one; null: the loss's own / 损失缩放"),
  MINI_BATCH_SIZE: positiveInt(4096)
    .nullable()
    .describe('Rows at once in memory under a cached loss; null: 32 / 缓存损失的小批大小'),
  MATRYOSHKA_DIMS: z
    .array(positiveInt(65_536))
    .min(1)
    .nullable()
    .describe('Shorter dimensions that the loss covers, too; null: none / Matryoshka 维度'),
  HARD_NEGATIVES: z
    .int()
    .min(0)
    .max(16)
    .describe('Negatives mined for each training row with the untouched model / 挖掘的难负例数'),
  QUERY_PROMPT: z.string().max(200).describe('Put before each query / 查询前缀'),
  PASSAGE_PROMPT: z.string().max(200).describe('Put before each passage / 文档前缀'),
  MAX_SEQ_LENGTH: positiveInt(131_072)
    .nullable()
    .describe("Tokens of a text at most; null: the model's own / 最大序列长度"),
  POOLING: z
    .enum(['mean', 'cls', 'max'])
    .nullable()
    .describe("How token vectors become one; null: the model's own / 池化方式"),
  FROZEN_LAYERS: z
    .int()
    .min(0)
    .max(200)
    .describe('First layers that are not trained, embeddings with them; 0: all are / 冻结的前几层'),
  DROPPED_LAYERS: z.int().min(0).max(200).describe('Last layers that are taken away / 去掉的后几层'),
  LORA_R: z.int().min(0).max(512).describe('Rank of LoRA adapters; 0: all weights are trained / LoRA 秩'),
  LORA_ALPHA: z.number().gt(0).max(4096).describe('Scale of LoRA, over its rank / LoRA 缩放'),
  LORA_DROPOUT: z.number().min(0).lt(1).describe('Dropout before LoRA adapters / LoRA dropout'),
  LORA_TARGET_MODULES: z
    .array(z.string().min(1))
    .min(1)
    .nullable()
    .describe('Modules that get adapters; null: all linear ones of the encoder / LoRA 目标模块'),
  LORA_MERGE: z.boolean().describe('Publish the model with its adapters merged, or beside it / 是否合并 LoRA'),
  EVAL_LOOKS: positiveInt(20)
    .nullable()
    .describe(
      'Times that a training is scored, at equal shares of its steps; the best one is its score. null: every evaluation counts / 计分次数',
    ),
  EVAL_STRATEGY: z
    .enum(['steps', 'epoch', 'no'])
    .describe('Further evaluations, for the learning curve only / 额外评估的时机'),
  EVAL_STEPS: positiveInt(1_000_000).describe('Steps between evaluations / 评估间隔'),
  LOGGING_STEPS: positiveInt(1_000_000).describe('Steps between progress lines / 日志间隔'),
  SAVE_STRATEGY: z.enum(['steps', 'epoch', 'no']).describe('When a checkpoint is written / 检查点时机'),
  SAVE_STEPS: z
    .union([z.literal('auto'), positiveInt(1_000_000)])
    .describe('Steps between checkpoints; auto: when what could be lost is worth one / 检查点间隔'),
  SAVE_TOTAL_LIMIT: positiveInt(1000).describe('Checkpoints kept while a trial runs / 保留检查点数'),
  SEED: z.int().min(0).max(4_294_967_295).describe('Random seed / 随机种子'),
  PRECISION: z.enum(['auto', 'fp32', 'bf16', 'fp16']).describe('Number format of training / 训练精度'),
  OUTPUT_DIR_ROOT: z.string().min(1).describe('Folder of all runs / 输出目录'),
  STORE: z
    .string()
    .refine(isStore, STORE_ALLOWED)
    .nullable()
    .describe('Second home of all runs that every host reaches: a folder or s3://bucket/prefix; null: none / 共享存储'),
  RUN_NAME_PREFIX: givenNameSchema.describe('Start of a run name / 运行名前缀'),
});

export type TrainingConfig = z.infer<typeof trainingConfigSchema>;
export type TrainingKey = keyof TrainingConfig;
export type ParameterValue = string | number;

/** One dimension of the search space. `choices` makes it a list; else `min` and `max` bound it. */
export const parameterSpaceSchema = z
  .strictObject({
    type: z.enum(['float', 'int', 'categorical']),
    min: z.number().optional(),
    max: z.number().optional(),
    scale: z.enum(['linear', 'log']).default('linear'),
    choices: z
      .array(z.union([z.string(), z.number()], { error: said`must be a text or a number; for a switch, 0 and 1` }))
      .min(2)
      .optional(),
  })
  .superRefine((space, context) => {
    const bounded = space.min !== undefined && space.max !== undefined;
    if (space.type === 'categorical' && !space.choices)
      context.addIssue({
        code: 'custom',
        path: ['choices'],
        message: said`a categorical parameter needs choices, a list of two or more`,
      });
    if (space.type !== 'categorical' && !space.choices && !bounded)
      context.addIssue({ code: 'custom', message: said`needs min and max, or choices` });
    if (bounded && space.min! >= space.max!)
      context.addIssue({
        code: 'custom',
        path: ['min'],
        message: said`min ${space.min} must be below max ${space.max}`,
      });
    if (space.scale === 'log' && space.min !== undefined && space.min <= 0)
      context.addIssue({ code: 'custom', path: ['min'], message: said`a logarithmic scale needs min > 0` });
  });

export type ParameterSpace = z.infer<typeof parameterSpaceSchema>;

const limit = (description: string) => z.number().gt(0).nullable().describe(description);

/** Whether an address holds `user:password@`: keys belong into OPENAI_API_KEY, not into addresses that are shown. */
export function hasCredentials(address: string): boolean {
  return /^[a-z]+:\/\/[^/?#]*@/i.test(address);
}
export const NO_CREDENTIALS = said`allowed: an http(s) address without user:password@; keys go into OPENAI_API_KEY`;

/** An http(s) address without a password, or where the worker has one. */
const isWebhook = (given: string): boolean =>
  /^env:[A-Za-z_]\w*$/.test(given) || (/^https?:\/\/\S+$/.test(given) && URL.canParse(given) && !hasCredentials(given));
const WEBHOOK_ALLOWED = said`allowed: an http(s) address without user:password@, or env:NAME, the variable of the worker (or its .env) that holds one; addresses that are secrets belong there`;

/** An http(s) address without a password; MLflow's client takes it from the worker's environment. */
const isTrackingUri = (given: string): boolean =>
  /^https?:\/\/\S+$/.test(given) && URL.canParse(given) && !hasCredentials(given);
const TRACKING_ALLOWED = said`allowed: an http(s) address without user:password@; those go into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, of the worker (or its .env)`;
const project = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
    said`allowed: 1 to 100 letters, digits, dots, hyphens and underscores, starting with a letter or digit`,
  )
  .nullable();

/** How the agent itself behaves. */
export const agentSettingsSchema = z
  .strictObject({
    MAX_PRIORITY_PARAMS: positiveInt(20).describe('Parameters tuned at most / 最多调优参数数'),
    ROUNDS_PER_PARAM: positiveInt(50).describe('Rounds per parameter at most / 每参数最多轮数'),
    SEARCH: z
      .enum(['by_parameter', 'adaptive', 'free'])
      .describe('Parameter after parameter; the most promising one each time; or several at once / 搜索方式'),
    STOP_WHEN: z
      .enum(['no_gain', 'budget'])
      .describe(
        'End when the next training is not expected to gain more than 3/4 of the noise, or with the budget / 结束条件',
      ),
    OPENING_SHARE: z
      .number()
      .min(0.05)
      .max(0.5)
      .nullable()
      .describe(
        'Share of the rows on which many changes are tried first, for long trainings; null: none / 开局数据比例',
      ),
    NOISE_SEEDS: z.int().min(0).max(20).describe('More seeds of the default, to measure noise / 测量噪声的额外种子数'),
    TRAINING_SLOTS: z
      .union([z.literal('auto'), positiveInt(64)])
      .describe('Trainings at once; auto: what the machine takes / 同时训练数'),
    PRIORITY: z
      .int()
      .min(1)
      .max(5)
      .describe('Of its trainings among those of other runs, 1 first / 训练优先级，1 最先'),
    PRUNING: z.boolean().describe('End a training early whose curve is hopeless / 提前终止无望的训练'),
    REUSE_TRIALS: z
      .boolean()
      .describe('Take identical trainings, and good settings as evidence, from earlier runs / 复用以往运行'),
    ADVISER: z
      .enum(['auto', 'hybrid', 'openai', 'local'])
      .describe('auto = hybrid when a key is set, else local / 顾问'),
    GPT_MODEL: z.string().min(1).describe('Model name at the server / 模型名'),
    GPT_BASE_URL: z
      .url({ protocol: /^https?$/ })
      .refine((address) => !hasCredentials(address), NO_CREDENTIALS)
      .nullable()
      .describe('OpenAI-compatible server; null = OPENAI_BASE_URL, else the official one / 服务器地址'),
    ON_ADVISER_FAILURE: z
      .enum(['fallback', 'pause', 'end'])
      .describe('When the language model fails: the search model, a person, or the end / 语言模型失败时'),
    GPT_TEMPERATURE: z.number().min(0).max(2).describe('Sampling temperature / 采样温度'),
    GPT_MAX_OUTPUT_TOKENS: positiveInt(100_000).describe(
      'Longest reply; one that is cut is asked again with up to four times as much / 回复最长 token 数',
    ),
    GPT_REASONING_EFFORT: z
      .enum(['minimal', 'low', 'medium', 'high'])
      .nullable()
      .describe('Effort of a reasoning model; null = not sent / 推理强度'),
    GPT_TIMEOUT: z
      .number()
      .min(1)
      .max(1800)
      .describe('Seconds that the server has for a whole reply / 单次回复的最长秒数'),
    GPT_PRICE_INPUT: z
      .number()
      .min(0)
      .nullable()
      .describe('US dollars per million prompt tokens; null = cost unknown / 输入单价'),
    GPT_PRICE_OUTPUT: z
      .number()
      .min(0)
      .nullable()
      .describe('US dollars per million reply tokens; null = cost unknown / 输出单价'),
    INTERACTIVE_MODE: z.boolean().describe('Ask a person after each round / 每轮后询问'),
    GATE_TIMEOUT: limit('Seconds that a question waits before the run goes on; null = for ever / 等待秒数'),
    CONFIRM_SEEDS: z.int().min(0).max(20).describe('Fresh seeds for default and winner at the end / 复核种子数'),
    PUBLISH: z
      .enum(['confirmed', 'best'])
      .describe('Publish the winner when held-out data confirm it, or whatever scored best / 发布规则'),
    KEEP_TRIAL_MODELS: z
      .enum(['best', 'all'])
      .describe('Which finished trials keep their weights / 保留哪些试验的模型'),
    TRIAL_RETRIES: z.int().min(0).max(10).describe('Times a killed or hung training is resumed / 被杀或挂起后重试次数'),
    HANG_SECONDS: z
      .number()
      .min(5)
      .max(86_400)
      .describe('Seconds without progress that count as a hang / 无进展判定秒数'),
    MAX_TOKENS: limit('Tokens the adviser may use in a run / token 上限'),
    MAX_COST_USD: limit('US dollars the adviser may cost in a run / 费用上限'),
    MAX_TRIAL_SECONDS: limit('Seconds one training may take / 单次训练秒数上限'),
    MAX_TRAIN_SECONDS: limit('Seconds all trainings of a run may take together / 总训练秒数上限'),
    MAX_RUN_SECONDS: limit('Seconds a run may take, waiting for people left out / 运行总秒数上限'),
    NOTIFY_WEBHOOK: z
      .string()
      .refine(isWebhook, WEBHOOK_ALLOWED)
      .nullable()
      .describe('Told when a person is needed and when the run ends: an address, or env:NAME / 通知地址'),
    MLFLOW_TRACKING_URI: z
      .string()
      .refine(isTrackingUri, TRACKING_ALLOWED)
      .nullable()
      .describe('MLflow server that is told of run and trials; null: none / MLflow 服务器'),
    WANDB_PROJECT: project.describe(
      'Weights & Biases project; files for `wandb sync` in the run folder; null: none / W&B 项目（离线）',
    ),
    TRACKIO_PROJECT: project.describe('Trackio project, on the machine that advises; null: none / Trackio 项目'),
    GENERATE_REPORT: z.boolean().describe('Write the report / 是否生成报告'),
    REPORT_DIR: z.string().min(1).describe('Folder of the reports / 报告目录'),
    REPORT_LANGUAGE: z.enum(['mixed', 'zh', 'en']).describe('Language of the report / 报告语言'),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).describe('Detail of the logs / 日志级别'),
  })
  .superRefine((settings, context) => {
    if (settings.MAX_COST_USD !== null && (settings.GPT_PRICE_INPUT === null || settings.GPT_PRICE_OUTPUT === null)) {
      context.addIssue({
        code: 'custom',
        path: ['MAX_COST_USD'],
        message: said`needs GPT_PRICE_INPUT and GPT_PRICE_OUTPUT, or the cost cannot be counted`,
      });
    }
  });

export type AgentSettings = z.infer<typeof agentSettingsSchema>;

/** A whole configuration, resolved: what a run is started with. */
export interface TuningConfig {
  DEFAULT_CONFIG: TrainingConfig;
  TUNABLE_KEYS: Record<string, ParameterSpace>;
  AGENT_SETTINGS: AgentSettings;
}

/** Settings that came after 0.1.0, with what a run means that was begun before them. */
const ADDED_SETTINGS: Partial<AgentSettings> = {
  SEARCH: 'by_parameter',
  STOP_WHEN: 'budget',
  NOISE_SEEDS: 0,
  OPENING_SHARE: null,
  TRAINING_SLOTS: 1,
  PRIORITY: 3,
  PRUNING: false,
  REUSE_TRIALS: false,
  PUBLISH: 'best',
  GPT_TIMEOUT: 90,
  GPT_REASONING_EFFORT: null,
  ON_ADVISER_FAILURE: 'fallback',
  NOTIFY_WEBHOOK: null,
  MLFLOW_TRACKING_URI: null,
  WANDB_PROJECT: null,
  TRACKIO_PROJECT: null,
};

/** The same for keys of a training; a trial's identity leaves them out where they mean what they meant before. */
export const ADDED_KEYS = {
  EVAL_LOOKS: null,
  STORE: null,
  // Since 0.6.0.
  TASK: 'sts',
  TRAINER: null,
  TRAINER_COMMAND: null,
  TRAINER_FILES: [],
  METRIC: null,
  CONSTRAINTS: [],
  GROUP_COLUMN: null,
  OPTIMIZER: 'adamw_torch_fused',
  LOSS_SCALE: null,
  MINI_BATCH_SIZE: null,
  MATRYOSHKA_DIMS: null,
  HARD_NEGATIVES: 0,
  QUERY_PROMPT: '',
  PASSAGE_PROMPT: '',
  MAX_SEQ_LENGTH: null,
  POOLING: null,
  FROZEN_LAYERS: 0,
  DROPPED_LAYERS: 0,
  LORA_R: 0,
  LORA_ALPHA: 16,
  LORA_DROPOUT: 0,
  LORA_TARGET_MODULES: null,
  LORA_MERGE: true,
} as const satisfies { [Key in TrainingKey]?: unknown };

/** The configuration of a run that an earlier release may have begun, with every key that is known now. */
export function withAddedSettings(config: TuningConfig): TuningConfig {
  return {
    ...config,
    DEFAULT_CONFIG: { ...(ADDED_KEYS as unknown as Partial<TrainingConfig>), ...config.DEFAULT_CONFIG },
    AGENT_SETTINGS: { ...ADDED_SETTINGS, ...config.AGENT_SETTINGS },
  };
}
