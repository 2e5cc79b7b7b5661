/** The question at a gate, with everything that answers it; and what steers a run at any time. */
import { h } from './dom.mjs';
import { deltaText, hourText, scoreText, valueText } from './format.mjs';
import { titleOf, verdictOf } from './trials.mjs';
import { sentences, t, translated } from './words.mjs';

/**
 * @typedef {import('./api.mjs').RunView} RunView
 * @typedef {import('../../domain/inbox.ts').Gate} Gate
 * @typedef {import('../../domain/parameterSpace.ts').ParameterSpace} ParameterSpace
 */

/** @param {Gate} gate */
export function questionText({ kind, key, valueFor }) {
  if (kind === 'round') return t`Continue with the next round of ${key}?`;
  if (kind === 'parameter') return t`Go on with the next parameter, ${valueFor}?`;
  return t`Go on with the next training, of whichever key promises most?`;
}

/** What may be set, in words. @param {ParameterSpace} space */
function allowedText({ choices, type, min, max, scale }) {
  if (choices) return t`one of ${choices.map(valueText).join(', ')}`;
  const [from, to] = [valueText(min), valueText(max)];
  if (scale === 'log') return t`from ${from} to ${to}, logarithmic`;
  return type === 'int' ? t`a whole number from ${from} to ${to}` : t`from ${from} to ${to}`;
}

/**
 * @param {RunView} view
 * @param {{canChange: boolean, busy: boolean, chosenKey: string | null, answer: {text: string, refused: boolean} | null}} state
 */
export function questionPanel(view, { canChange, busy, chosenKey, answer }) {
  const { gate, paused } = view;
  if (view.status !== 'running' || !(gate || paused || answer)) return null;
  const off = !canChange || busy;
  const title = gate ? questionText(gate) : paused ? t`The run is paused` : t`Thank you`;
  return h(
    'section',
    {
      id: 'question',
      class: `panel question${gate || paused ? '' : ' answered'}`,
      'aria-labelledby': 'question-title',
      'data-key': 'question',
    },
    h('h2', { id: 'question-title', tabindex: '-1' }, title),
    paused && gate && h('p', {}, t`The run is paused: an answer is kept, and it goes on once it is resumed.`),
    paused && !gate && h('p', {}, t`It holds at the next question until it is resumed.`),
    gate && h('p', {}, standing(view)),
    gate && h('p', { class: 'soft' }, deadlineText(gate)),
    (gate || paused) &&
      h(
        'div',
        { class: 'buttons' },
        gate && button(t`Go on`, { do: 'decide', decision: 'continue', class: 'primary', off, shortcut: 'y' }),
        gate &&
          gate.kind === 'round' &&
          button(t`No more rounds of ${gate.key}`, { do: 'decide', decision: 'stop-round', off, shortcut: 'n' }),
        gate &&
          button(t`End the search`, {
            do: 'decide',
            decision: 'stop-run',
            off,
            shortcut: gate.kind === 'round' ? null : 'n',
          }),
        gate?.keeps && button(t`Train the best again, other seed`, { do: 'decide', decision: 'repeat', off }),
        paused && button(t`Resume`, { do: 'decide', decision: 'resume', class: gate ? '' : 'primary', off }),
      ),
    gate && valueForm(gate, view.keys, chosenKey, off),
    answer &&
      h(
        'p',
        { class: answer.refused ? 'problem' : 'done', 'data-key': 'answer' },
        answer.refused ? t`Refused: ${translated(answer.text)}` : translated(answer.text),
      ),
    !canChange && readOnlyNote(),
  );
}

export const readOnlyNote = () =>
  h(
    'p',
    { class: 'soft' },
    t`This page may only read. To answer, open the address that npm run dashboard prints, once.`,
  );

/** What the answer is judged by: the training that ended last, and what the search has gained. @param {RunView} view */
function standing({ trials, metric, baseline, best }) {
  const last = trials.at(-1);
  const gain = baseline && best && best.trial !== baseline.trial ? best.score - baseline.score : null;
  return [
    last && t`Trial ${last.number}, ${titleOf(last)}: ${scoreText(metric, last.result?.score)}, ${verdictOf(last)}`,
    gain !== null && t`Best over default, dev: ${deltaText(metric, gain)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** @param {Gate} gate */
const deadlineText = ({ deadline, kind, key, round }) =>
  sentences([
    kind === 'round' && t`${key}, after round ${round}.`,
    deadline === null ? t`It waits until somebody answers.` : t`Without an answer it goes on at ${hourText(deadline)}.`,
  ]);

/** @param {Gate} gate @param {RunView['keys']} all @param {string | null} chosenKey @param {boolean} off */
function valueForm(gate, all, chosenKey, off) {
  const keys = all.filter(({ open }) => open);
  const wanted = chosenKey ?? gate.valueFor;
  const chosen = keys.find(({ key }) => key === wanted) ?? keys[0];
  if (!chosen) return null;
  const { key, space, current, best } = chosen;
  const hint = sentences([
    t`Allowed: ${allowedText(space)}.`,
    best !== null && t`Best so far: ${valueText(best)}.`,
    best !== current && current !== null && t`Tried last: ${valueText(current)}.`,
  ]);
  return h(
    'form',
    { class: 'value-form', 'data-do': 'set', 'data-key': `value-${gate.id}`, autocomplete: 'off' },
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'value-key' }, t`Or try another value of`),
      h(
        'select',
        { id: 'value-key', name: 'key', 'data-change': 'choose-key', disabled: off },
        keys.map((one) => h('option', { value: one.key, selected: one.key === key, 'data-key': one.key }, one.key)),
      ),
    ),
    h(
      'div',
      { class: 'field', 'data-key': `field-${key}` },
      h('label', { for: 'value' }, t`Value`),
      space.choices
        ? h(
            'select',
            { id: 'value', name: 'value', disabled: off, 'aria-describedby': 'value-hint' },
            space.choices.map((choice) => h('option', { value: choice }, valueText(choice))),
          )
        : h('input', {
            id: 'value',
            name: 'value',
            inputmode: 'decimal',
            required: true,
            disabled: off,
            placeholder: valueText(best),
            'aria-describedby': 'value-hint',
          }),
    ),
    h('button', { type: 'submit', disabled: off, 'data-key': 'try' }, t`Try this value`),
    gate.keeps &&
      h('button', { type: 'button', 'data-do': 'wish', disabled: off, 'data-key': 'wish' }, t`Change this key next`),
    h('p', { id: 'value-hint', class: 'soft hint' }, hint),
  );
}

/**
 * @param {string} label
 * @param {{do: string, decision?: string, class?: string, off?: boolean, shortcut?: string | null}} options
 */
const button = (label, { do: action, decision, class: name, off = false, shortcut = null }) =>
  h(
    'button',
    {
      type: 'button',
      class: name,
      disabled: off,
      'data-do': action,
      'data-decision': decision,
      'data-shortcut': shortcut,
      'data-key': decision ?? action,
    },
    label,
  );

/** What steers a run at any time. @param {RunView} view @param {{canChange: boolean, busy: boolean}} state */
export function steering({ status, paused, gate, phase }, { canChange, busy }) {
  if (status !== 'running') return null;
  const off = !canChange || busy;
  const tuning = !['confirming', 'publishing', 'summarising', 'reporting', 'ended'].includes(phase);
  return h(
    'div',
    { class: 'buttons steering' },
    tuning && !paused && button(t`Pause at the next question`, { do: 'decide', decision: 'pause', off, shortcut: 'p' }),
    tuning && paused && !gate && button(t`Resume`, { do: 'decide', decision: 'resume', off, shortcut: 'p' }),
    tuning && !gate && button(t`End after this training`, { do: 'decide', decision: 'stop-run', off }),
    button(t`Stop now …`, { do: 'ask-stop', class: 'danger', off, shortcut: 's' }),
  );
}
