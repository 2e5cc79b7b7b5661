/** The first screen: what was gained, whether to trust it, what was published and why, what to do next, what it took. */
import type { BlockContent, RootContent } from 'mdast';
import { untouchedScore } from '../../domain/baseModels.ts';
import { defaultFailed } from '../../domain/constraints.ts';
import { formatsOf } from '../../domain/formats.ts';
import { metricOf } from '../../domain/metric.ts';
import type { RunState } from '../../domain/runState.ts';
import { baselineOf, incumbentOf } from '../../domain/runTrials.ts';
import { taskWords } from '../../domain/taskWords.ts';
import { PUBLISHED_WORDS, asPart, verdictOf } from '../../domain/verdict.ts';
import { framed, inHtml, paragraph, strong } from '../document.ts';
import type { Inline } from '../document.ts';
import { duration, label, linesIn, reasonText } from '../phrases.ts';
import type { Say } from '../phrases.ts';
import { headlineOf } from './headline.ts';

export function verdictCard(state: RunState, say: Say): RootContent[] {
  const { tone, mark, text } = headlineOf(state);
  const content: BlockContent[] = [
    inHtml(paragraph(strong(`${mark} ${reasonText(text, say)}`)), { class: 'headline' }),
    inHtml(
      linesIn(say, (one) => factsOf(state, one)),
      { class: 'facts' },
    ),
  ];
  return [framed(`verdict ${tone}`, content)];
}

function factsOf(state: RunState, say: Say): Inline[][] {
  const next = verdictOf(state)?.next;
  const { published } = state;
  const fact = (zh: string, en: string, ...text: Inline[]): Inline[] => [...label(say, zh, en), ...text];
  return [
    verdictOf(state)?.verdict === 'worse'
      ? fact('损失', 'Lost', ...gained(state, say))
      : fact('提升', 'Gained', ...gained(state, say)),
    ...(incumbentOf(state) ? [fact('可信度', 'Trust', trust(state, say))] : []),
    ...(published
      ? [
          fact(
            '已发布',
            'Published',
            strong(reasonText(PUBLISHED_WORDS[published.what], say)),
            say.cell('：', ' – '),
            say(published.why.zh, asPart(published.why.en)),
          ),
        ]
      : []),
    ...(next ? [fact('下一步', 'Next', reasonText(next, say))] : []),
    fact('花费', 'Spent', spent(state, say)),
  ];
}

/** Default → winner, on held-out data where there are any, with the interval of the difference. */
function gained(state: RunState, say: Say): Inline[] {
  const [best, baseline, { confirmation }] = [incumbentOf(state), baselineOf(state), state];
  const { formatScore, formatDelta, formatDeltaEnds } = formatsOf(state);
  if (!best) return [say('没有得分', 'no score')];
  if (best.id === baseline?.id)
    return [
      confirmation
        ? say(
            `无；默认配置的留出得分 ${formatScore(confirmation.best)}`,
            `nothing; held-out score of the default ${formatScore(confirmation.best)}`,
          )
        : say(
            `无；默认配置的验证得分 ${formatScore(best.result.score)}`,
            `nothing; dev score of the default ${formatScore(best.result.score)}`,
          ),
    ];
  const [before, after] = confirmation
    ? [baseline ? confirmation.baseline : confirmation.untouched, confirmation.best]
    : [baseline ? baseline.result.score : untouchedScore(state), best.result.score];
  const from = baseline ? say('默认 → 最优', 'default → winner') : say('原模型 → 最优', 'untouched model → winner');
  const split = confirmation ? say('留出得分', 'held-out score') : say('验证得分', 'dev score');
  const counts = measureText(state, say);
  const failed = baseline
    ? ''
    : say(`（默认配置${defaultFailed(state).zh}）`, ` (the default configuration ${defaultFailed(state).en})`);
  const difference = baseline ? confirmation?.difference : confirmation?.overUntouched;
  const interval =
    difference && `${say('95 % 区间', '95 % interval')} ${formatDeltaEnds(difference).join(say.cell(' 至 ', ' to '))}`;
  const delta = difference?.mean ?? (typeof before === 'number' ? after - before : null);
  return [
    `${split}${say.cell(`（${counts}，${from}）`, ` (${counts}), ${from} `)}${formatScore(before)} → `,
    strong(formatScore(after)),
    delta === null
      ? ''
      : `${say.cell('，', ', ')}${formatDelta(delta)}${interval ? say.cell(`（${interval}）`, ` (${interval})`) : ''}`,
    failed,
  ];
}

/** What the scores count: the first screen may be all that is read. */
function measureText(state: RunState, say: Say): string {
  const { zh, en } = taskWords(state).axis;
  return metricOf(state).direction === 'minimize' ? say(`${zh}，越低越好`, `${en}, lower is better`) : say(zh, en);
}

/** What the evidence is, and how far it carries. */
function trust(state: RunState, say: Say): string {
  const { confirmation } = state;
  const { units } = taskWords(state);
  if (!confirmation && incumbentOf(state)?.id === state.baseline)
    return say('仅有验证得分', 'it rests on dev scores alone');
  if (!confirmation)
    return say(
      '仅有验证得分，而配置正是按它挑选的，差别可能只是噪声',
      'dev scores alone, by which the winner was chosen: the difference may be noise',
    );
  const { pairs, seeds, difference, verdict } = confirmation;
  const over =
    pairs > 0
      ? { zh: `${pairs} 个留出${units.zh}`, en: `${pairs} held-out ${units.en}` }
      : { zh: '留出数据', en: 'held-out data' };
  const trained = verdict === undefined ? 1 : seeds.length;
  const by = { zh: `${over.zh}，${trained} 个种子`, en: `${over.en}, ${trained} ${trained === 1 ? 'seed' : 'seeds'}` };
  if (!difference) return say(by.zh, by.en);
  const shown = difference.low > 0 || difference.high < 0;
  return shown
    ? say(
        `${by.zh}；区间不含 0，差别不只是偶然`,
        `${by.en}; the interval leaves out 0: the difference is more than chance`,
      )
    : say(`${by.zh}；区间含 0，差别可能只是偶然`, `${by.en}; the interval contains 0: the difference may be chance`);
}

/** Trainings that ran side by side took longer together than the run. */
function trained({ usage: { trainSeconds }, tookSeconds }: RunState, say: Say): string {
  const all = duration(trainSeconds, say);
  return tookSeconds !== null && trainSeconds > tookSeconds
    ? say(`各次训练合计 ${all}（部分同时进行）`, `${all} of training, some of it side by side`)
    : say(`训练 ${all}`, `${all} of training`);
}

/** Trials, time and money in one line. */
function spent(state: RunState, say: Say): string {
  const { usage, trials, archived, tookSeconds } = state;
  const pruned = trials.filter(({ failure }) => failure?.kind === 'pruned').length;
  const failed = trials.filter(({ failure }) => failure).length - pruned;
  const reused = trials.filter(({ result }) => result?.from).length;
  const counts = [
    ...(failed > 0 ? [say(`${failed} 次失败`, `${failed} failed`)] : []),
    ...(pruned > 0 ? [say(`${pruned} 次提前结束`, `${pruned} ended early`)] : []),
    ...(reused > 0 ? [say(`${reused} 次取自以往运行`, `${reused} taken from earlier runs`)] : []),
    ...(state.cached > 0
      ? [say(`${state.cached} 次由已有结果回答`, `${state.cached} answered from known results`)]
      : []),
  ];
  const comma = say.cell('，', ', ');
  const all = archived.trials + trials.length;
  const money =
    usage.calls === 0
      ? say('无费用', 'no cost')
      : usage.costUsd === null
        ? say('费用未知', 'cost unknown')
        : `$${usage.costUsd.toFixed(4)}`;
  const calls = usage.calls > 0 ? [say(`${usage.calls} 次语言模型调用`, `${usage.calls} language-model calls`)] : [];
  return [
    `${say(`${all} 次试验`, `${all} ${all === 1 ? 'trial' : 'trials'}`)}${counts.length > 0 ? say.cell(`（${counts.join(comma)}）`, ` (${counts.join(comma)})`) : ''}`,
    ...(tookSeconds === null ? [] : [say(`共 ${duration(tookSeconds, say)}`, `${duration(tookSeconds, say)} in all`)]),
    trained(state, say),
    ...calls,
    money,
  ].join(comma);
}
