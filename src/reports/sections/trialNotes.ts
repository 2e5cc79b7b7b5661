/** Why a trial was trained, in its adviser's words, and what people noted on it. */
import type { BlockContent, RootContent } from 'mdast';
import { formatsOf } from '../../domain/formats.ts';
import { trialTitle } from '../../domain/trialWords.ts';
import type { Trial } from '../../domain/trials.ts';
import { blockList, framed, inHtml, paragraph, strong } from '../document.ts';
import type { Note } from '../../training/notesFile.ts';
import type { ReportFacts } from '../facts.ts';
import { label, moment, reasonBlocks } from '../phrases.ts';
import type { Say } from '../phrases.ts';
import { outcomeText } from './trialCells.ts';

/** An item for each trial that has a reason or a note; nothing where none has. */
export function reasonsAndNotes(
  trials: readonly Trial[],
  { state, notesOfPeople }: ReportFacts,
  say: Say,
): RootContent[] {
  const { formatScore } = formatsOf(state);
  const items = trials.flatMap((trial): BlockContent[][] => {
    const notes = notesOfPeople.filter((note) => note.trial === trial.number);
    if (!trial.reason && notes.length === 0) return [];
    const came = trial.result
      ? `${formatScore(trial.result.score)}${say.cell('，', ', ')}${outcomeText(trial, say)}`
      : outcomeText(trial, say);
    return [
      [
        paragraph(strong(`#${trial.number} ${say.told(trialTitle(trial))}`), ` — ${came}`),
        ...(trial.reason ? reasonBlocks(trial.reason, say) : []),
        ...notes.map((note) => noteBlock(note, say)),
      ],
    ];
  });
  return items.length > 0 ? [inHtml(blockList(items), { class: 'steps' })] : [];
}

/** What people noted on trials that no list of reasons has. */
export const notesOn = (trials: readonly Trial[], facts: ReportFacts, say: Say): RootContent[] =>
  reasonsAndNotes(
    trials.filter(({ number }) => facts.notesOfPeople.some(({ trial }) => trial === number)),
    facts,
    say,
  );

export const noteBlock = ({ text, at }: Note, say: Say): BlockContent =>
  framed('note', [
    paragraph(
      ...label(say, '人的备注', 'Note by a person'),
      `${text}${say.cell(`（${moment(at)}）`, ` (${moment(at)})`)}`,
    ),
  ]);
