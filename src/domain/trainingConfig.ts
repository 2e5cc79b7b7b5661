/** What a training is made of: the keys of DEFAULT_CONFIG, their types and ranges. */
import { z } from 'zod';
import { givenNameSchema, keyName, positiveInt } from './fields.ts';
import { said } from './said.ts';
import { STORE_ALLOWED, isStore } from './storePlace.ts';
import { LOSSES, TASKS } from './tasks.ts';

const slice = z
  .string()
  .regex(
    /^[a-z]+(\[-?\d*%?:-?\d*%?\])?$/,
    said`allowed: a split with an optional slice, such as train[:200] or validation[10%:20%]`,
  );
const column = z.union([z.string().min(1), z.int().min(0)]);

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

/** Every key is present once a configuration is resolved. */
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
