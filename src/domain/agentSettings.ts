/** How the agent itself behaves: AGENT_SETTINGS, their types and ranges. */
import { z } from 'zod';
import {
  NO_CREDENTIALS,
  TRACKING_ALLOWED,
  WEBHOOK_ALLOWED,
  hasCredentials,
  isTrackingUri,
  isWebhook,
} from './addresses.ts';
import { positiveInt } from './fields.ts';
import { said } from './said.ts';

const limit = (description: string) => z.number().gt(0).nullable().describe(description);
const project = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
    said`allowed: 1 to 100 letters, digits, dots, hyphens and underscores, starting with a letter or digit`,
  )
  .nullable();

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
