/** An estimate in words. */
import type { Estimate, Range } from './estimated.ts';
import { inBoth } from './suggestions.ts';
import type { Reason } from './trials.ts';

/** `6 min (4–9)`: all three in the unit that suits the middle. */
export function spanText(range: Range): Reason {
  const { amount, ends, unit } = spanOf(range);
  return inBoth(`${amount} ${unit.zh}（${ends}）`, `${amount} ${unit.en} (${ends})`);
}

function spanOf({ low, middle, high }: Range): { amount: string; ends: string; unit: Reason } {
  const { unit, seconds } = UNITS.find(({ from }) => middle >= from)!;
  const show = (value: number) => {
    const amount = value / seconds;
    // 3.5 h, but not 3.5 min.
    return String(unit.en === 'h' && amount < 10 ? Math.round(2 * amount) / 2 : Math.round(amount));
  };
  return { amount: show(middle), ends: `${show(low)}–${show(high)}`, unit };
}

/** From 90 on, the next larger unit says enough. */
const UNITS = [
  { unit: inBoth('小时', 'h'), seconds: 3600, from: 90 * 60 },
  { unit: inBoth('分钟', 'min'), seconds: 60, from: 90 },
  { unit: inBoth('秒', 's'), seconds: 1, from: 0 },
];

/** `$0.02`; less than a cent: `$0.004`. */
export const dollarText = (usd: number): string => `$${usd > 0 && usd < 0.01 ? usd.toPrecision(1) : usd.toFixed(2)}`;

/** `About 6 min (4–9) for up to 22 trainings; adviser about $0.02`. */
export function firstText({ seconds, trainings, usd }: Estimate): Reason {
  const most = Math.round(trainings.high);
  const money = usd && usd.high > 0 ? dollarText(usd.middle) : null;
  return inBoth(
    `约 ${spanText(seconds).zh}，最多 ${most} 次训练${money ? `；顾问约 ${money}` : ''}`,
    `About ${spanText(seconds).en} for up to ${most} ${most === 1 ? 'training' : 'trainings'}${money ? `; adviser about ${money}` : ''}`,
  );
}

/** `about 4 min left (3–6)`. */
export function leftText({ seconds }: Pick<Estimate, 'seconds'>): Reason {
  const { amount, ends, unit } = spanOf(seconds);
  return inBoth(`约剩 ${amount} ${unit.zh}（${ends}）`, `about ${amount} ${unit.en} left (${ends})`);
}
