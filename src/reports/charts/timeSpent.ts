/** Where the time went. */
import type { RunState } from '../../domain/runState.ts';
import type { Purpose } from '../../domain/trials.ts';
import { duration } from '../phrases.ts';
import type { Say } from '../phrases.ts';
import { light } from './palette.ts';
import type { Chart } from './render.ts';

interface Part {
  zh: string;
  en: string;
  seconds: number;
}

/** Null where nothing took time. */
export function timeSpent(state: RunState, say: Say): Chart | null {
  const parts = partsOf(state).filter(({ seconds }) => seconds >= 0.05);
  if (parts.length === 0) return null;
  const all = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  const values = parts.map(({ zh, en, seconds }) => ({
    part: say(zh, en),
    alone: say.cell(zh, en),
    seconds,
    text: `${duration(seconds, say)} (${Math.round((100 * seconds) / all)} %)`,
  }));
  const y = {
    field: 'part',
    type: 'nominal' as const,
    title: null,
    sort: values.map(({ part }) => part),
    axis: {
      labelLimit: 320,
      ticks: false,
      domain: false,
      grid: false,
    },
  };
  const x = {
    field: 'seconds',
    type: 'quantitative' as const,
    axis: null,
    scale: { domain: [0, Math.max(...parts.map(({ seconds }) => seconds)) * 1.3] },
  };
  return {
    alt:
      say.cell('时间去向：', 'Where the time went: ') + values.map(({ alone, text }) => `${alone} ${text}`).join('; '),
    spec: {
      width: 460,
      height: { step: 26 },
      data: { values },
      layer: [
        { mark: { type: 'bar', color: light('blue'), height: 14 }, encoding: { x, y } },
        { mark: { type: 'text', align: 'left', dx: 6 }, encoding: { x, y, text: { field: 'text' } } },
      ],
    },
  };
}

/** Seconds by what they were spent for; trainings side by side count each. */
function partsOf({ trials, usage, waitedMs }: RunState): Part[] {
  const trained = (...purposes: Purpose[]) =>
    trials
      .filter(({ purpose }) => purposes.includes(purpose))
      .reduce((sum, { result }) => sum + (result && !result.from ? result.trainSeconds : 0), 0);
  const trainings = [
    { zh: '默认配置与噪声种子', en: 'default and its seeds', seconds: trained('baseline', 'noise') },
    { zh: '试探与基础配置', en: 'opening and base configuration', seconds: trained('opening', 'base_config') },
    { zh: '搜索', en: 'steps of the search', seconds: trained('round') },
    { zh: '成对复测', en: 'repeats', seconds: trained('repeat') },
    { zh: '留出集复核', en: 'confirmation', seconds: trained('confirmation') },
  ];
  const known = trainings.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    ...trainings,
    { zh: '无得分的训练与评估', en: 'trainings without a score, evaluations', seconds: usage.trainSeconds - known },
    { zh: '等待语言模型', en: 'waiting for the language model', seconds: usage.adviserSeconds },
    { zh: '等待人或空闲的工作进程', en: 'waiting for people or a free worker', seconds: waitedMs / 1000 },
  ];
}
