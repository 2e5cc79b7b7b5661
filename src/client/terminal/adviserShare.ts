/** Who advised a run; one that no language model advised is not simply completed. */
import type { RunProgress } from '../../domain/progress.ts';
import { t } from '../../words/catalogue.ts';
import { styled } from '../screen.ts';
import { labelled } from './view.ts';
import type { View } from './view.ts';
import { listed, told } from './words.ts';

export function adviserLines({ status, advised, adviser, languageModel, trials }: RunProgress, view: View): string[] {
  if (status === 'running' || trials.asked === 0) return [];
  const tell = (text: string, warns = false) =>
    labelled(t`advised`, text, view).map((line) => (warns ? styled('yellow', line) : line));
  const closed = languageModel?.closed
    ? labelled('', t`it was left alone: ${told(languageModel.closed)}`, view).map((line) => styled('yellow', line))
    : [];
  if (advised.byModel > 0)
    return [
      ...tell(
        t`rounds advised by the language model: ${advised.byModel} of ${advised.rounds}${askedText(languageModel)}`,
      ),
      ...closed,
    ];
  const by = othersText(advised);
  const line = by ? t`no round was advised by a language model: ${by}` : t`no round was advised by a language model`;
  return adviser?.kind === 'openai' ? [...tell(`${line}${askedText(languageModel)}`, true), ...closed] : tell(line);
}

const othersText = ({ bySearch, byLocalOptimiser, byPerson, byEarlierRun }: RunProgress['advised']): string =>
  listed(
    [
      bySearch > 0 ? t`${bySearch} by the search model` : '',
      byLocalOptimiser > 0 ? t`${byLocalOptimiser} by the local optimiser (before release 0.4)` : '',
      byPerson > 0 ? t`${byPerson} by a person` : '',
      byEarlierRun > 0 ? t`${byEarlierRun} by earlier runs` : '',
    ].filter(Boolean),
  );

/** `, asked 7 times, 2 without an answer in time, waited 34 s`; nothing where it is not known. */
function askedText(share: RunProgress['languageModel'] | undefined): string {
  if (!share) return '';
  const waited = share.waitedSeconds.toFixed(0);
  return share.timeOuts > 0
    ? t`, asked ${share.attempts} times, ${share.timeOuts} without an answer in time, waited ${waited} s`
    : t`, asked ${share.attempts} times, waited ${waited} s`;
}
