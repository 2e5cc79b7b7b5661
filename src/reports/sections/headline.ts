/** The verdict in a few words: the report's headline and its page's title. */
import { rivalName, rivalWords } from '../../domain/baseModels.ts';
import type { RunState } from '../../domain/runState.ts';
import { baselineOf, incumbentOf } from '../../domain/runTrials.ts';
import type { Reason } from '../../domain/trials.ts';
import { verdictOf } from '../../domain/verdict.ts';

/** `worse`: nobody may overlook it; `unclear`: neither better nor worse is shown. */
export type Tone = 'better' | 'unclear' | 'worse';

export interface Headline {
  tone: Tone;
  /** The same as `tone`, where there are no colours. */
  mark: string;
  text: Reason;
}

const headline = (tone: Tone, zh: string, en: string): Headline => ({
  tone,
  mark: { better: '✓', unclear: '≈', worse: '✗' }[tone],
  text: { zh, en },
});

/** What came of the run, in a few words that do not flatter. */
export function headlineOf(state: RunState): Headline {
  const best = incumbentOf(state);
  if (!best) return nothingTrained(state);
  if (state.status === 'running' && !state.confirmation)
    return headline('unclear', '运行尚未结束：以下为目前的结果', 'The run goes on: this is what it has so far');
  const against = baselineOf(state) ? { zh: '默认配置', en: 'the default' } : rivalWords(rivalName(state));
  const name = baselineOf(state) ? against.en : `the ${against.en}`;
  switch (verdictOf(state)?.verdict) {
    case 'better':
      return state.published && state.published.what !== 'best'
        ? headline(
            'worse',
            `留出数据上优于${against.zh}，但仍未发布`,
            `Better than ${name} on held-out data, and yet not published`,
          )
        : headline('better', `留出数据上优于${against.zh}`, `Better than ${name} on held-out data`);
    case 'worse':
      return state.published?.what === 'best'
        ? headline(
            'worse',
            `留出数据上比${against.zh}更差，却按 PUBLISH: best 发布`,
            `Worse than ${name} on held-out data, and published as PUBLISH: best asks`,
          )
        : headline(
            'worse',
            `留出数据上比${against.zh}更差：不要使用最优配置`,
            `Worse than ${name} on held-out data: do not use the winner`,
          );
    case 'not_distinguishable':
      return headline(
        'unclear',
        `留出数据上与${against.zh}无法分辨`,
        `Not distinguishable from ${name} on held-out data`,
      );
  }
  if (best.id === state.baseline)
    return headline(
      'unclear',
      '没有找到比默认更好的配置',
      'No configuration was found that is better than the default',
    );
  return headline('unclear', '未经留出数据确认', 'Not confirmed on held-out data');
}

function nothingTrained({ status, trials }: RunState): Headline {
  if (status === 'running')
    return headline('unclear', '运行尚未结束：还没有得分', 'The run goes on: there is no score yet');
  const inadmissible = trials.length > 0 && trials.every(({ failure }) => failure?.kind === 'inadmissible');
  return inadmissible
    ? headline('worse', '没有训练满足约束', 'No training held the constraints')
    : headline('worse', '没有训练成功', 'No training succeeded');
}
