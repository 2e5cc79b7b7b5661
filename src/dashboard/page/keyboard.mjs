/** Shortcuts, their help, and questions that want a second yes. */
import { h } from './dom.mjs';
import { t } from './words.mjs';

export const shortcutsOn = () => localStorage.getItem('shortcuts') !== 'off';

/** @returns {[string, string][]} */
const SHORTCUTS = () => [
  ['y', t`to the button that goes on`],
  ['n', t`to the button that ends the rounds or the search`],
  ['v', t`to the field for another value`],
  ['p', t`to pause or resume`],
  ['s', t`to “stop now”, which asks once more`],
  ['r', t`to all runs`],
  ['l', t`other language`],
  ['d', t`light or dark`],
  ['?', t`this help`],
];

/** @param {{isOn: () => boolean, go: (path: string) => void}} page */
export function watchKeys({ isOn, go }) {
  document.addEventListener('keydown', (event) => {
    const target = /** @type {Element} */ (event.target);
    if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (target.closest('input, textarea, select, dialog')) return;
    const to = focusable(event.key);
    if (to) {
      event.preventDefault();
      to.focus();
      to.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'r') go('/');
    else if (event.key in CLICKED)
      /** @type {HTMLElement | null} */ (document.querySelector(`[data-do="${CLICKED[event.key]}"]`))?.click();
  });
}
/** @type {Record<string, string>} */
const CLICKED = { l: 'language', d: 'theme', '?': 'help' };

/** A key leads to what it is for; Enter then does it, so that a slip decides nothing. @param {string} key */
const focusable = (key) =>
  /** @type {HTMLElement | null} */ (
    key === 'v'
      ? document.querySelector('#value:not(:disabled)')
      : /^[ynps]$/.test(key)
        ? document.querySelector(`[data-shortcut="${key}"]:not(:disabled)`)
        : null
  );

export function helpDialog() {
  const box = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', id: 'shortcuts-on' }));
  box.checked = shortcutsOn();
  box.addEventListener('change', () => localStorage.setItem('shortcuts', box.checked ? 'on' : 'off'));
  show(
    t`Keyboard and help`,
    h(
      'p',
      {},
      t`Everything is reached with Tab and done with Enter or Space. These keys lead there at once; Enter then does it:`,
    ),
    h(
      'table',
      { class: 'small keys' },
      h(
        'tbody',
        {},
        SHORTCUTS().map(([key, what]) => h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, key)), h('td', {}, what))),
      ),
    ),
    h('p', { class: 'check' }, box, h('label', { for: 'shortcuts-on' }, t`Keys on`)),
    h(
      'p',
      { class: 'soft' },
      t`The page follows a run by itself; several people may look at one and answer. What is answered here is what npm run decide does.`,
    ),
    h('form', { method: 'dialog', class: 'buttons' }, h('button', { class: 'primary' }, t`Close`)),
  );
}

/**
 * Asks once more; nothing is the first choice.
 *
 * @param {{title: string, text: string, yes: string, onYes: () => void}} question
 */
export function openDialog({ title, text, yes, onYes }) {
  const dialog = show(
    title,
    h('p', {}, text),
    h(
      'form',
      { method: 'dialog', class: 'buttons' },
      h('button', { value: 'no', autofocus: true }, t`No, go on`),
      h('button', { value: 'yes', class: 'danger' }, yes),
    ),
  );
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'yes') onYes();
  });
}

/** @param {string} title @param {...import('./dom.mjs').Child} children */
function show(title, ...children) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const dialog = /** @type {HTMLDialogElement} */ (
    h('dialog', { 'aria-labelledby': 'dialog-title' }, h('h2', { id: 'dialog-title' }, title), children)
  );
  document.body.append(dialog);
  dialog.addEventListener('close', () => {
    dialog.remove();
    before?.focus();
  });
  dialog.showModal();
  return dialog;
}
