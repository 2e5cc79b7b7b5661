/** What Temporal's Web UI shows of a run from its start on, whatever becomes of it: who it is, and where to see it. */
import { oneLine } from './inShort.ts';
import { code, escaped } from './markdown.ts';
import { isPlugin } from './metric.ts';
import { poolOf } from './pool.ts';
import type { TuningConfig } from './settings.ts';
import { inBoth } from './suggestions.ts';

/**
 * The workflow's fixed summary and details.
 *
 * @param where - `schedule`: the one that began the run, and why; null: a person did. `dashboard`: its address; null: not
 *   known.
 */
export function startDetails(
  run: string,
  config: TuningConfig,
  where: { schedule?: { name: string; why: string } | null; dashboard?: string | null } = {},
): { staticSummary: string; staticDetails: string } {
  const { schedule = null, dashboard = null } = where;
  const { DEFAULT_CONFIG: training, AGENT_SETTINGS: settings } = config;
  const keys = Object.keys(config.TUNABLE_KEYS);
  const what = isPlugin(training)
    ? (training.TRAINER ?? training.TRAINER_COMMAND!.join(' '))
    : `${training.BASE_MODEL} on ${training.DATASET_NAME}`;
  const pool = poolOf(config);
  const words = inBoth(
    [
      `运行 **${escaped(run)}** 在 ${escaped(what)} 上，从 ${keys.length} 个参数（${escaped(keys.join(', '))}）中搜索更好的配置，搜索最多 ${pool} 次训练。`,
      ...(schedule === null ? [] : [`由定时任务 **${escaped(schedule.name)}** 启动：${escaped(schedule.why)}。`]),
      `现在在做什么、为什么、可以做什么，见 *Current Details*；也可以在终端里跟随：${code(`npm run attach -- ${run}`)}。`,
      ...(dashboard === null ? [] : [`曲线和报告：${dashboard}/run/${run}`]),
      LISTS.zh,
    ].join('\n\n'),
    [
      `Run **${escaped(run)}** searches ${keys.length} parameters (${escaped(keys.join(', '))}) of ${escaped(what)} for a better configuration, with at most ${pool} trainings.`,
      ...(schedule === null ? [] : [`The schedule **${escaped(schedule.name)}** began it: ${escaped(schedule.why)}.`]),
      `What it does now, why, and what one can do is under *Current Details*. In a terminal: ${code(`npm run attach -- ${run}`)} follows it.`,
      ...(dashboard === null ? [] : [`Curves and report: ${dashboard}/run/${run}`]),
      LISTS.en,
    ].join('\n\n'),
  );
  return {
    staticSummary: oneLine(`Tunes ${what}: ${keys.join(', ')}`),
    staticDetails: settings.REPORT_LANGUAGE === 'zh' ? words.zh : words.en,
  };
}

/** Lists of runs that people look for, as the Web UI's filter takes them. */
const LISTS = inBoth(
  `常用列表（Workflows 页的过滤条件）：等待人的决定 ${code('TuningStatus IN ("waiting", "paused")')}；正在调某个参数 ${code('TuningParameter = "LEARNING_RATE"')}；得分高的 ${code('TuningBestScore > 0.7')}。`,
  `Lists of runs, as filters of the page *Workflows*: those that wait for a person ${code('TuningStatus IN ("waiting", "paused")')}; those that tune a parameter ${code('TuningParameter = "LEARNING_RATE"')}; those above a score ${code('TuningBestScore > 0.7')}.`,
);
