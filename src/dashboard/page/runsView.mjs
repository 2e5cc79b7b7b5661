/** All runs, as they are: what each does, what it came to, which wait for somebody. */
import { askRuns } from './api.mjs';
import { h } from './dom.mjs';
import { phaseText, statusChip } from './facts.mjs';
import { bytesText, scoreText, timeText, valueText } from './format.mjs';
import { follow } from './follow.mjs';
import { t, translated } from './words.mjs';

/**
 * @typedef {import('./api.mjs').RunList} RunList
 * @typedef {RunList['runs'][number]} Row
 */

/** Runs that are compared. */
const TWO = 2;

/** @param {import('./main.mjs').Page} page */
export function runsView(page) {
  /** @type {Row[] | null} */
  let runs = null;
  /** @type {string | null} */
  let problem = null;
  /** @type {string[]} */
  let chosen = [];

  /** @param {RunList} fresh */
  function take(fresh) {
    const waiting = fresh.runs.filter(({ gate }) => gate);
    const before = new Set((runs ?? fresh.runs).filter(({ gate }) => gate).map(({ run }) => run));
    for (const { run } of waiting) if (!before.has(run)) page.tell(t`${run} waits for an answer.`);
    ({ runs, problem } = fresh);
    page.draw();
  }
  const load = () =>
    askRuns(page.signal).then(
      (fresh) => {
        take(fresh);
        return true;
      },
      (error) => {
        page.draw();
        return error.status !== 0;
      },
    );
  follow('/api/events', { runs: take }, { onState: page.connected, look: load, signal: page.signal });
  void load();

  return {
    title: () => {
      const waiting = runs?.filter(({ gate }) => gate).length ?? 0;
      return waiting > 0 ? `(${waiting}?) ${t`All runs`}` : t`All runs`;
    },
    draw,
    drawn() {},
    actions: {
      choose(/** @type {HTMLInputElement} */ { value, checked }) {
        chosen = checked
          ? [...chosen.filter((one) => one !== value), value].slice(-TWO)
          : chosen.filter((one) => one !== value);
        // The oldest choice gives way to a third one.
        for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (
          document.querySelectorAll('[data-change="choose"]')
        ))
          box.checked = chosen.includes(box.value);
        page.draw();
      },
      compare: () => page.go(`/compare/${chosen.map(encodeURIComponent).join('/')}`),
    },
  };

  function draw() {
    const waiting = runs?.filter(({ gate }) => gate) ?? [];
    return [
      h(
        'header',
        { class: 'run-head', 'data-key': 'head' },
        h('h1', { tabindex: '-1' }, t`All runs`),
        problem && h('p', { class: 'problem', role: 'status' }, translated(problem)),
      ),
      waiting.length > 0 &&
        h(
          'section',
          { class: 'panel question', 'data-key': 'waiting', 'aria-labelledby': 'waiting-title' },
          h('h2', { id: 'waiting-title' }, t`Waiting for an answer`),
          h(
            'ul',
            { class: 'plain' },
            waiting.map(({ run }) =>
              h('li', { 'data-key': run }, h('a', { href: `/run/${encodeURIComponent(run)}#question` }, run)),
            ),
          ),
        ),
      list(),
    ];
  }

  function list() {
    if (!runs) return h('p', { class: 'soft', role: 'status' }, t`Loading …`);
    if (runs.length === 0)
      return h(
        'section',
        { class: 'panel', 'data-key': 'list' },
        h('p', {}, t`There is no run yet. Start one at a terminal:`),
        h('pre', {}, h('code', {}, 'npm run start-run')),
      );
    return h(
      'section',
      { class: 'panel', 'data-key': 'list' },
      h(
        'div',
        { class: 'list-head' },
        h('p', { class: 'soft' }, t`Choose two to see them side by side.`),
        h('button', { type: 'button', 'data-do': 'compare', disabled: chosen.length !== TWO }, t`Compare`),
      ),
      h(
        'table',
        { class: 'runs' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('td', {}),
            [t`run name`, t`status`, t`tuning`, t`best score`, t`started`, t`disk`].map((label, index) =>
              h('th', { scope: 'col', class: index === 3 || index === 5 ? 'number' : null }, label),
            ),
          ),
        ),
        h('tbody', {}, runs.map(rowOf)),
      ),
    );
  }
}

/** @param {Row} row */
function rowOf({ run, status, tuning, best, metric, started, bytes, gate }) {
  const score = metric ? scoreText(metric, best) : best === null ? '–' : valueText(Number(best.toPrecision(5)));
  return h(
    'tr',
    { 'data-key': run, class: gate ? 'waits' : null },
    h(
      'td',
      { class: 'pick' },
      h(
        'label',
        {},
        h('input', { type: 'checkbox', value: run, 'data-change': 'choose', 'aria-label': t`Compare ${run}` }),
      ),
    ),
    h(
      'th',
      { scope: 'row', class: 'name' },
      h('a', { href: `/run/${encodeURIComponent(run)}` }, run),
      gate && h('span', { class: 'badge attention' }, t`question`),
    ),
    h('td', { class: 'status' }, statusChip(status)),
    h('td', { class: 'tuning' }, tuning && tuning !== status ? phaseText(tuning) : '–'),
    h(
      'td',
      { class: 'number best' },
      score,
      metric && best !== null ? h('span', { class: 'soft' }, ` ${metric.name}`) : null,
    ),
    h('td', { class: 'started' }, timeText(started)),
    h('td', { class: 'number disk' }, bytesText(bytes)),
  );
}
