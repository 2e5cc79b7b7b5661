/** What was asked, what the search found, and what it changed. */
import type { RootContent } from 'mdast';
import { formatValue, formatsOf } from '../../domain/formats.ts';
import { defaultFailed, nothingWon } from '../../domain/constraints.ts';
import { rivalName, rivalWords, untouchedScore } from '../../domain/baseModels.ts';
import { advisedRounds } from '../../domain/advised.ts';
import { isPlugin, metricOf, metricWords } from '../../domain/metric.ts';
import { noticeableDifference } from '../../domain/noise.ts';
import type { RunState } from '../../domain/runState.ts';
import { baselineOf, incumbentOf } from '../../domain/runTrials.ts';
import { tunableValues } from '../../domain/searchSpace.ts';
import { unitsIn } from '../../domain/trainerFacts.ts';
import { pluginName, taskWords } from '../../domain/taskWords.ts';
import { inlineCode, quote, section, strong } from '../document.ts';
import type { Inline, Section } from '../document.ts';
import { label, linesIn, reasonText } from '../phrases.ts';
import type { Say } from '../phrases.ts';

export const findings = (state: RunState, say: Say): Section[] =>
  section('findings', say('结论', 'Findings'), [
    linesIn(say, (one) => [asked(state, one), found(state, one), changed(state, one)]),
  ]);

/** What a reader has to know before any number: an early end, and who did not advise. */
export function banners(state: RunState, say: Say): RootContent[] {
  const shown: RootContent[] = [];
  if (state.endedEarly) shown.push(quote(strong(say('提前结束。', 'Ended early.')), ` ${say.told(state.endedEarly)}`));
  const { byModel, bySearch } = advisedRounds(state);
  if (state.adviser?.kind === 'local')
    shown.push(
      quote(
        strong(say('没有语言模型参与建议。', 'No language model advised this run.')),
        ` ${
          bySearch > 0 || state.outlook
            ? say('取值来自搜索模型（高斯过程）。', 'Values came from the search model (a Gaussian process).')
            : state.trials.some(({ change }) => change !== undefined)
              ? say('取值来自规则：搜索模型没有作答。', 'Values came from rules: the search model did not answer.')
              : say('取值来自 0.4 之前的本地优化器。', 'Values came from the local optimiser of releases before 0.4.')
        }`,
      ),
    );
  else if (state.adviser && byModel === 0)
    shown.push(
      quote(
        strong(say('没有任何一轮由语言模型建议。', 'No round was advised by a language model.')),
        ` ${say.told(state.adviserClosed ?? state.adviser.note)}`,
      ),
    );
  else if (state.adviserClosed)
    shown.push(
      quote(
        strong(say('语言模型中途停止参与。', 'The language model stopped advising part-way.')),
        ` ${say.told(state.adviserClosed)}`,
      ),
    );
  return shown;
}

function asked(state: RunState, say: Say): Inline[] {
  const { DEFAULT_CONFIG: config } = state.config;
  const splits = state.trainer?.inspection.data.splits;
  const { rows } = taskWords(state);
  const begin = label(say, '任务', 'Asked');
  if (isPlugin(config))
    return [...begin, inlineCode(pluginName(config)), inBrackets(say, reasonText(metricWords(metricOf(state)), say))];
  return [
    ...begin,
    inlineCode(config.BASE_MODEL),
    say.cell('，数据 ', ' on '),
    inlineCode(config.DATASET_NAME),
    splits
      ? say.cell(
          `（训练 ${splits.train.rows}，验证 ${splits.dev.rows}，留出 ${splits.test?.rows ?? 0} ${countedIn(rows.zh)}）`,
          ` (${splits.train.rows} / ${splits.dev.rows} / ${splits.test?.rows ?? 0} train / dev / held-out ${rows.en})`,
        )
      : '',
  ];
}

function found(state: RunState, say: Say): Inline[] {
  const baseline = baselineOf(state);
  const best = incumbentOf(state);
  const { formatScore, formatDelta, formatSpread } = formatsOf(state);
  if (!best)
    return [
      ...label(say, '结果', 'Found'),
      `${say(nothingAdmissible(state) ? '没有训练满足约束。' : '没有训练成功。', `${nothingWon(state.trials)}.`)}`,
    ];
  const asItCame = untouchedScore(state);
  const { zh, en } = rivalWords(rivalName(state));
  const untouched =
    asItCame === null ? '' : say.cell(`；未训练的${zh} ${formatScore(asItCame)}`, `; ${en} ${formatScore(asItCame)}`);
  if (!baseline)
    return [
      ...label(say, '结果', 'Found'),
      `${say(`默认配置${defaultFailed(state).zh}；最优得分`, `the default configuration ${defaultFailed(state).en}; the best scored`)} ${formatScore(best.result.score)}${untouched}`,
    ];
  const higher = state.trials.find(
    (trial) => trial.purpose === 'round' && trial.accepted && (trial.result?.score ?? -Infinity) > best.result.score,
  );
  if (baseline.id === best.id && higher)
    return [
      ...label(say, '结果', 'Found'),
      `${say(`默认配置，得分 ${formatScore(best.result.score)}；噪声可以解释试验 ${higher.number} 的领先（${formatScore(higher.result!.score)}）`, `the default configuration, score ${formatScore(best.result.score)}; noise explains the lead of trial ${higher.number} (${formatScore(higher.result!.score)})`)}${untouched}`,
    ];
  if (baseline.id === best.id)
    return [
      ...label(say, '结果', 'Found'),
      `${say('默认配置最好，得分', 'the default configuration was best, score')} ${formatScore(best.result.score)}${untouched}`,
    ];
  const delta = best.result.score - baseline.result.score;
  const noise = noiseOf(state, best.result.score);
  const verdict =
    noise === null
      ? say.cell('噪声未知', 'noise is not known')
      : delta > noise
        ? say.cell('大于噪声', 'more than noise')
        : say.cell('仅看验证得分，可能只是噪声', 'by the dev score alone it may be noise');
  return [
    ...label(say, '结果', 'Found'),
    `${say('验证得分', 'dev score')} ${formatScore(baseline.result.score)} → `,
    strong(formatScore(best.result.score)),
    say.cell(
      `（${formatDelta(delta)}；${noise === null ? '' : `噪声约 ±${formatSpread(noise)}：`}${verdict}）${untouched}`,
      ` (${formatDelta(delta)}; ${noise === null ? '' : `noise about ±${formatSpread(noise)}: `}${verdict})${untouched}`,
    ),
  ];
}

const inBrackets = (say: Say, text: string): string => say.cell(`（${text}）`, ` (${text})`);

/** `行` is its own measure word. */
const countedIn = (unit: string): string => (unit === '行' ? unit : `个${unit}`);

const nothingAdmissible = ({ trials }: RunState): boolean =>
  trials.length > 0 && trials.every(({ failure }) => failure?.kind === 'inadmissible');

/** Half of the 95 % interval of a difference: sampling of the rows where that is known, and, where it was judged, the spread between seeds. */
function noiseOf(state: RunState, score: number): number | null {
  const { trainer, noise } = state;
  const units = unitsIn(trainer!.inspection.data.splits.dev);
  const sampling = noticeableDifference(score, units, metricOf(state));
  return noise ? Math.hypot(sampling ?? 0, 1.96 * Math.hypot(noise.atDefault, noise.atBase)) : sampling;
}

function changed(state: RunState, say: Say): Inline[] {
  const best = incumbentOf(state);
  const defaults = tunableValues(state.config.DEFAULT_CONFIG, state.config.TUNABLE_KEYS);
  const changes = Object.entries(best?.values ?? {}).filter(
    ([key, value]) => (defaults[key] ?? state.config.DEFAULT_CONFIG[key as 'TRAIN_BATCH_SIZE']) !== value,
  );
  const words = changes.map(
    ([key, value]) =>
      `${key} ${formatValue(defaults[key] ?? state.config.DEFAULT_CONFIG[key as 'TRAIN_BATCH_SIZE'])} → ${formatValue(value)}`,
  );
  return [...label(say, '改动', 'Changed'), words.length > 0 ? inlineCode(words.join(', ')) : say('无', 'nothing')];
}
