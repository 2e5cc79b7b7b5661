/** Every trial: what was tried and why, what was expected beside what came, and what people say of it. */
import { h, whole } from './dom.mjs';
import { clockText, deltaText, intervalText, scoreText, timeText, valueText } from './format.mjs';
import { expectationsOf, kindOf, proposerText, titleOf, verdictOf } from './trials.mjs';
import { saidIn, t, translated } from './words.mjs';

const MARKS = { accepted: '✓', failed: '✗', 'set-aside': '⊘', measured: '◇', declined: '·' };

/**
 * @typedef {import('./api.mjs').RunView} RunView
 * @typedef {import('./api.mjs').Note} Note
 * @typedef {import('./trials.mjs').Trial} Trial
 */

/**
 * @param {RunView} view
 * @param {{open: Set<number>, canChange: boolean}} state
 */
export function trialsPanel(view, state) {
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'trials-title', 'data-key': 'trials' },
    h('h2', { id: 'trials-title' }, t`Trials`),
    view.trials.length === 0
      ? h('p', { class: 'soft' }, t`No training has ended yet.`)
      : h(
          'div',
          { class: 'scroll', tabindex: '0', role: 'group', 'aria-labelledby': 'trials-title' },
          h(
            'table',
            { class: 'trials' },
            h(
              'thead',
              {},
              h(
                'tr',
                {},
                HEADS().map(([name, label]) => h('th', { scope: 'col', class: name }, label)),
              ),
            ),
            h(
              'tbody',
              {},
              view.trials.toReversed().map((trial) => rowsOf(trial, view, state)),
            ),
          ),
        ),
  );
}

/** @returns {[string, string][]} */
const HEADS = () => [
  ['trial number', t`trial`],
  ['tried', t`tried`],
  ['score number', t`score`],
  ['delta number', 'Δ'],
  ['expected number', t`expected`],
  ['outcome', t`outcome`],
  ['by', t`by`],
  ['time number', t`time`],
];

/** @param {Trial} trial @param {RunView} view @param {{open: Set<number>, canChange: boolean}} state */
function rowsOf(trial, view, { open, canChange }) {
  const { metric } = view;
  const isOpen = open.has(trial.number);
  const notes = view.notesOfPeople.filter((note) => note.trial === trial.number);
  const kind = kindOf(trial);
  const best = view.best?.trial === trial.id;
  return [
    h(
      'tr',
      { 'data-key': `trial-${trial.number}`, class: `trial ${kind}${best ? ' best' : ''}` },
      h(
        'th',
        { scope: 'row', class: 'trial number' },
        h(
          'button',
          {
            type: 'button',
            class: 'expander',
            'data-do': 'toggle-trial',
            'data-trial': trial.number,
            'aria-expanded': String(isOpen),
            'aria-label': t`Trial ${trial.number}: reason, values, notes`,
          },
          h('span', { class: 'arrow', 'aria-hidden': 'true' }, isOpen ? '▾' : '▸'),
          String(trial.number),
        ),
      ),
      h(
        'td',
        { class: 'tried' },
        whole(titleOf(trial)),
        trial.round ? [' ', h('span', { class: 'soft' }, t`round ${trial.round}`)] : null,
        h(
          'span',
          { class: 'on-phones soft' },
          h('span', { class: `mark ${kind}`, 'aria-hidden': 'true' }, MARKS[kind]),
          ' ',
          verdictOf(trial),
        ),
        notes.length > 0 && h('span', { class: 'badge' }, notes.length === 1 ? t`1 note` : t`${notes.length} notes`),
      ),
      h('td', { class: 'score number' }, scoreText(metric, trial.result?.score)),
      h('td', { class: 'delta number' }, deltaText(metric, trial.delta)),
      h('td', { class: 'expected number' }, expectedCell(trial, metric)),
      h(
        'td',
        { class: 'outcome' },
        h('span', { class: `mark ${kind}`, 'aria-hidden': 'true' }, MARKS[kind]),
        ' ',
        verdictOf(trial),
        best ? h('span', { class: 'badge' }, t`best`) : null,
      ),
      h('td', { class: 'by' }, proposerText(trial.proposedBy)),
      h('td', { class: 'time number' }, timeCell(trial)),
    ),
    isOpen &&
      h(
        'tr',
        { 'data-key': `details-${trial.number}`, class: 'details' },
        h(
          'td',
          { colspan: HEADS().length },
          h('div', { class: 'inside' }, details(trial, view), notesOf(notes, trial.number, canChange)),
        ),
      ),
  ];
}

/** @param {Trial} trial */
const timeCell = ({ result }) => (result ? (result.from ? t`reused` : clockText(result.trainSeconds)) : '–');

/** @param {Trial} trial @param {RunView['metric']} metric */
function expectedCell(trial, metric) {
  const [first] = expectationsOf(trial);
  if (!first) return '–';
  const text = intervalText(metric, first);
  if (first.held === null) return text;
  const said = first.held ? t`as expected` : t`outside of what was expected`;
  return [
    text,
    ' ',
    h(
      'span',
      { class: first.held ? 'held' : 'missed', title: said },
      h('span', { 'aria-hidden': 'true' }, first.held ? '✓' : '✗'),
      h('span', { class: 'unseen' }, said),
    ),
  ];
}

/** @param {Trial} trial @param {RunView} view */
function details(trial, view) {
  const { metric } = view;
  const { reason, values, failure, result, remedies, seed } = trial;
  return h(
    'div',
    { class: 'story' },
    reason &&
      h('blockquote', {}, h('p', {}, saidIn(reason)), h('footer', { class: 'soft' }, proposerText(trial.proposedBy))),
    expectationsOf(trial).map(({ by, low, high, score, held }) =>
      h(
        'p',
        { 'data-key': by },
        by === 'byAdviser'
          ? t`The adviser expected ${intervalText(metric, { low, high })}`
          : t`The search model expected ${intervalText(metric, { low, high })}`,
        held === null
          ? '.'
          : held
            ? t`; it came so: ${scoreText(metric, score)}.`
            : t`; it came otherwise: ${scoreText(metric, score)}.`,
      ),
    ),
    failure && h('p', { class: 'problem' }, translated(failure.message)),
    result?.warnings.map((warning) => h('p', { class: 'soft' }, translated(warning))),
    remedies.length > 0 && h('p', { class: 'soft' }, t`Remedies: ${remedies.map(({ kind }) => kind).join(', ')}`),
    h(
      'dl',
      { class: 'figures values' },
      Object.entries({ SEED: seed, ...values }).map(([key, value]) =>
        h(
          'div',
          { class: trial.change && key in trial.change ? 'changed' : null, 'data-key': key },
          h('dt', {}, key),
          h('dd', {}, valueText(value)),
        ),
      ),
    ),
  );
}

/**
 * Notes of people, and a field for another one.
 *
 * @param {Note[]} notes
 * @param {number | null} trial - Null: of the run.
 * @param {boolean} canChange
 */
export function notesOf(notes, trial, canChange) {
  const field = `note-${trial ?? 'run'}`;
  return h(
    'div',
    { class: 'notes' },
    notes.length > 0 &&
      h(
        'ul',
        {},
        notes.map(({ id, text, at }) =>
          h(
            'li',
            { 'data-key': id },
            h('span', { class: 'note-text' }, text),
            ' ',
            h('span', { class: 'soft' }, timeText(at)),
            canChange &&
              h(
                'button',
                {
                  type: 'button',
                  class: 'quiet',
                  'data-do': 'remove-note',
                  'data-note': id,
                  'aria-label': t`Remove the note: ${text.slice(0, 60)}`,
                },
                t`Remove`,
              ),
          ),
        ),
      ),
    canChange &&
      h(
        'form',
        { class: 'note-form', 'data-do': 'add-note', 'data-trial': trial ?? '', autocomplete: 'off' },
        h('label', { for: field }, trial === null ? t`Note on this run` : t`Note on trial ${trial}`),
        h('textarea', { id: field, name: 'text', rows: '2', maxlength: '4000', required: true }),
        h('button', { type: 'submit' }, t`Keep the note`),
      ),
  );
}
