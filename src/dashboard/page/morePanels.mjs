/** The lower half of a run: what the parameters have to do with the score, its record, its report. */
import { breaking, h } from './dom.mjs';
import { reportAddress, reportLink } from './facts.mjs';
import { deltaText, intervalText, scoreText, timeText } from './format.mjs';
import { importanceOf } from './importance.mjs';
import { expectationsOf, proposerText, titleOf, verdictOf } from './trials.mjs';
import { language, saidIn, t, translated } from './words.mjs';

/**
 * @typedef {import('./api.mjs').RunView} RunView
 * @typedef {import('./trials.mjs').Trial} Trial
 * @typedef {import('./trials.mjs').TrialInHand} TrialInHand
 */

/** @param {RunView} view */
export function importancePanel({ trials, keys }) {
  const all = importanceOf(trials, keys);
  const rows = all.flatMap(({ share, ...one }) => (share === null ? [] : [{ share, ...one }]));
  const others = all.filter(({ share }) => share === null);
  return h(
    'section',
    { class: 'panel', 'data-key': 'importance', 'aria-labelledby': 'importance-title' },
    h('h2', { id: 'importance-title' }, t`Importance of parameters`),
    h(
      'p',
      { class: 'soft' },
      t`Share of the scores' ranks that a parameter's values explain: the square of Spearman's rank correlation, for choices the correlation ratio. Parameters change together, so this is no proof of a cause.`,
    ),
    rows.length > 0 &&
      h(
        'table',
        { class: 'small importance' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, t`key`),
            h('th', { scope: 'col' }, t`share`),
            h('th', { scope: 'col', class: 'number values' }, t`values`),
          ),
        ),
        h(
          'tbody',
          {},
          rows.map(({ key, share, rho, values, trainings }) =>
            h(
              'tr',
              { 'data-key': key },
              h('th', { scope: 'row' }, h('code', {}, breaking(key))),
              h(
                'td',
                {},
                h(
                  'div',
                  { class: 'bar' },
                  h('meter', {
                    min: 0,
                    max: 1,
                    value: share.toFixed(3),
                    'aria-label': t`Share that ${key} explains`,
                  }),
                  h(
                    'span',
                    { class: 'number' },
                    `${Math.round(100 * share)} %`,
                    rho !== null && h('span', { class: 'wordy' }, rho < 0 ? t` (more is worse)` : t` (more is better)`),
                  ),
                ),
              ),
              h('td', { class: 'number values' }, t`${values} in ${trainings}`),
            ),
          ),
        ),
      ),
    others.length > 0 &&
      h(
        'p',
        { class: 'soft' },
        t`Too few different values to tell:`,
        ' ',
        others.map(({ key }, index) => [index > 0 ? ', ' : '', h('code', {}, breaking(key))]),
      ),
  );
}

/** Why the trainings in hand, or else the last one, were chosen, what is expected of them, and what came. @param {RunView} view */
export function reasonPanels({ trials, inHand = [], metric }) {
  const given = (/** @type {TrialInHand} */ { reason, purpose }) => reason && purpose !== 'confirmation';
  const now = inHand.filter(given);
  const last = trials.findLast(given);
  const shown = now.length > 0 ? now : last ? [last] : [];
  return shown.map((trial) => reasonPanel(trial, metric));
}

/** @param {Trial | TrialInHand} trial - One that ended has `accepted`. @param {RunView['metric']} metric */
function reasonPanel(trial, metric) {
  const { number, reason, proposedBy } = trial;
  const ended = 'accepted' in trial ? trial : null;
  const id = `reason-${number}`;
  return h(
    'section',
    { class: 'panel', 'data-key': id, 'aria-labelledby': id },
    h('h2', { id }, ended ? t`Why trial ${number}, and what came` : t`Why trial ${number}, and what is expected`),
    h('p', {}, h('strong', {}, titleOf(trial)), h('span', { class: 'soft' }, ` – ${proposerText(proposedBy)}`)),
    reason && h('blockquote', {}, h('p', {}, saidIn(reason))),
    h(
      'dl',
      { class: 'figures outcome' },
      expectationsOf(trial).map(({ by, low, high, held }) =>
        h(
          'div',
          { 'data-key': by },
          h('dt', {}, by === 'byAdviser' ? t`expected by the adviser` : t`expected by the search model`),
          h(
            'dd',
            {},
            intervalText(metric, { low, high }),
            held === null ? null : h('span', { class: held ? 'held' : 'missed' }, ' ', held ? t`held` : t`missed`),
          ),
        ),
      ),
      ended && h('div', { 'data-key': 'came' }, h('dt', {}, t`what came`), h('dd', {}, cameText(ended, metric))),
    ),
  );
}

/** @param {Trial} trial @param {RunView['metric']} metric */
function cameText(trial, metric) {
  const { result, delta } = trial;
  if (!result) return verdictOf(trial);
  const over = delta === null ? '' : ` (${deltaText(metric, delta)})`;
  return `${scoreText(metric, result.score)}${over}, ${verdictOf(trial)}`;
}

/** What was decided, refused and noted, newest first. @param {RunView} view */
export function recordPanel({ decisions, refusals, notes, webUi }) {
  if (decisions.length + refusals.length + notes.length === 0 && !webUi) return null;
  return h(
    'section',
    { class: 'panel record', 'data-key': 'record', 'aria-labelledby': 'record-title' },
    h('h2', { id: 'record-title' }, t`Record`),
    notes.length > 0 &&
      h(
        'ul',
        { 'data-key': 'notes' },
        notes.map((note) => h('li', {}, translated(note))),
      ),
    decisions.length > 0 &&
      h(
        'details',
        { 'data-key': 'decisions' },
        h('summary', {}, t`Decisions of people (${decisions.length})`),
        h(
          'ul',
          {},
          decisions
            .toReversed()
            .map(({ at, decision, by, outcome }) =>
              h(
                'li',
                {},
                h('span', { class: 'soft' }, timeText(at)),
                ' ',
                h('code', {}, decision),
                ' ',
                by,
                ': ',
                translated(outcome),
              ),
            ),
        ),
      ),
    refusals.length > 0 &&
      h(
        'details',
        { 'data-key': 'refusals' },
        h('summary', {}, t`Proposals that were refused (${refusals.length})`),
        h(
          'ul',
          {},
          refusals
            .toReversed()
            .map(({ step, proposal, why }) =>
              h('li', {}, h('span', { class: 'soft' }, step), ' ', h('code', {}, proposal), ': ', translated(why)),
            ),
        ),
      ),
    webUi && h('p', {}, h('a', { href: webUi, rel: 'noreferrer' }, t`This run in Temporal's Web UI`)),
  );
}

/** @param {RunView} view */
export function reportPanel({ reportUrl, run }) {
  if (!reportUrl) return null;
  return h(
    'section',
    { class: 'panel report', 'data-key': 'report', 'aria-labelledby': 'report-title' },
    h('h2', { id: 'report-title' }, t`Report`),
    h('p', {}, reportLink(reportUrl)),
    h('iframe', {
      // Another frame for another language: an address that changes would be one more step of "back".
      'data-key': `report-${language()}`,
      src: reportAddress(reportUrl),
      title: t`Report of ${run}`,
      loading: 'lazy',
      sandbox: 'allow-scripts allow-popups',
    }),
  );
}
