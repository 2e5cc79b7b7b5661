/** What the run was expected to take and what it took; what its data could show. */
import { dollarText, spanText } from '../../domain/estimateWords.ts';
import type { Range } from '../../domain/estimated.ts';
import type { RunState } from '../../domain/runState.ts';
import { visibleText } from '../../domain/visible.ts';
import { section, table } from '../document.ts';
import type { Cell, Section } from '../document.ts';
import { duration, paragraphs } from '../phrases.ts';
import type { Say } from '../phrases.ts';

/** Nothing for runs that were begun before 0.6.0. */
export function expectationsSection(state: RunState, say: Say): Section[] {
  const rows = estimateRows(state, say);
  const visible = visibleText(state);
  if (rows.length === 0 && !visible) return [];
  return section('expectations', say('预计与实际', 'Expected and real'), [
    ...(rows.length > 0
      ? [
          table(
            [
              say('项目', 'item'),
              say('开始时预计（八成把握）', 'expected at first (8 of 10)'),
              say('实际', 'real'),
              say('差', 'difference'),
            ],
            rows,
            [1, 2, 3],
          ),
        ]
      : []),
    ...(visible
      ? paragraphs(say, `数据能看出什么：${visible.text.zh}。`, `What the data can show: ${visible.text.en}.`)
      : []),
  ]);
}

function estimateRows(state: RunState, say: Say): Cell[][] {
  const { firstEstimate, tookSeconds, usage } = state;
  if (!firstEstimate) return [];
  const { seconds, trainings, usd } = firstEstimate;
  const span = spanText(seconds);
  const trained = state.archived.trials + state.trials.length;
  const whole = ({ low, middle, high }: Range) => `${Math.round(middle)} (${Math.round(low)}–${Math.round(high)})`;
  return [
    ...(tookSeconds === null
      ? []
      : [
          [
            say.cell('时间（不含等待人与空闲工作进程）', 'time, waiting for people or a free worker left out'),
            say.cell(span.zh, span.en),
            duration(tookSeconds, say),
            offBy(tookSeconds, seconds),
          ],
        ]),
    [say.cell('训练次数', 'trainings'), whole(trainings), String(trained), offBy(trained, trainings)],
    ...(usd && usage.costUsd !== null
      ? [
          [
            say.cell('顾问费用', 'adviser'),
            `${dollarText(usd.middle)} (${dollarText(usd.low)}–${dollarText(usd.high)})`,
            dollarText(usage.costUsd),
            offBy(usage.costUsd, usd),
          ],
        ]
      : []),
  ];
}

/** `+12 %`: real beside expected. */
function offBy(real: number, { middle }: Range): string {
  if (middle === 0) return '–';
  const percent = Math.round(100 * (real / middle - 1));
  return `${percent >= 0 ? '+' : '−'}${Math.abs(percent)} %`;
}
