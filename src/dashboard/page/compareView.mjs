/** Two runs side by side: what each came to, and in which settings they differ. */
import { askRun, askRuns } from './api.mjs';
import { chart, fillCharts } from './charts.mjs';
import { h } from './dom.mjs';
import { countsOf, statusText } from './facts.mjs';
import { clockText, countText, deltaText, dollarText, scoreText, spreadText, valueText } from './format.mjs';
import { saidIn, t, translated } from './words.mjs';

/**
 * @typedef {import('./api.mjs').RunView} RunView
 * @typedef {[RunView, RunView]} Two
 */

/**
 * @param {[string, string]} names
 * @param {import('./main.mjs').Page} page
 */
export function compareView(names, page) {
  /** @type {Two | null} */
  let views = null;
  /** @type {string | null} */
  let problem = null;
  /** Every run, to choose others from. @type {string[]} */
  let all = [...new Set(names)];

  Promise.all([askRun(names[0], page.signal), askRun(names[1], page.signal)])
    .then((found) => void (views = found))
    .catch((error) => {
      if (error.name !== 'AbortError') problem = error.message;
    })
    .then(() => page.draw());
  askRuns(page.signal).then(
    ({ runs }) => {
      all = runs.map(({ run }) => run);
      page.draw();
    },
    () => {},
  );

  return {
    title: () => t`Side by side`,
    draw,
    drawn() {
      for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-run]')))
        void fillCharts(place.dataset.run ?? '', 'compared', page.signal, place);
    },
    actions: {
      'choose-run'(/** @type {HTMLSelectElement} */ { value, dataset }) {
        const chosen = names.with(Number(dataset.place), value);
        page.go(`/compare/${chosen.map(encodeURIComponent).join('/')}`);
      },
    },
  };

  function draw() {
    return [
      h(
        'header',
        { class: 'run-head', 'data-key': 'head' },
        h('p', { class: 'crumbs' }, h('a', { href: '/' }, t`All runs`)),
        h('h1', { tabindex: '-1' }, t`Side by side`),
      ),
      h(
        'div',
        { class: 'pickers', 'data-key': 'pickers' },
        names.map((name, place) => picker(name, place)),
      ),
      problem !== null && h('p', { class: 'problem' }, translated(problem)),
      !views && problem === null && h('p', { class: 'soft', role: 'status' }, t`Loading …`),
      views && comparison(views),
      views &&
        h(
          'div',
          { class: 'halves', 'data-key': 'charts' },
          views.map((view, place) =>
            h(
              'div',
              { 'data-run': view.run, 'data-key': String(place) },
              chart('scores', view.run, t`Scores by trial`, `chart-${place}`),
            ),
          ),
        ),
    ];
  }

  /** @param {string} name @param {number} place */
  function picker(name, place) {
    const id = `run-${place}`;
    return h(
      'div',
      { class: 'field', 'data-key': `${place} ${name}` },
      h('label', { for: id }, place === 0 ? t`First run` : t`Second run`),
      h(
        'select',
        { id, 'data-change': 'choose-run', 'data-place': place },
        [...new Set([name, ...all])].map((one) =>
          h('option', { value: one, selected: one === name, 'data-key': one }, one),
        ),
      ),
    );
  }
}

/** A text that is read, and no figure that is looked at. @param {string} cell */
const isLong = (cell) => cell.length > 40;

/** @param {Two} views */
function comparison(views) {
  const differ = (/** @type {string[]} */ cells) => cells[0] !== cells[1];
  const keys = [...new Set(views.flatMap((view) => view.keys.map(({ key }) => key)))];
  const bestOf = (/** @type {RunView} */ view, /** @type {string} */ key) =>
    valueText(view.best?.values[key] ?? view.keys.find((one) => one.key === key)?.default);
  const [a, b] = views;
  const sameScore = a.metric.name === b.metric.name && a.data?.source === b.data?.source && a.data?.dev === b.data?.dev;
  /** @type {[string, string[]][]} */
  const rows = [
    ...facts().map(([label, of]) => /** @type {[string, string[]]} */ ([label, views.map(of)])),
    ...keys.map((key) => /** @type {[string, string[]]} */ ([key, views.map((view) => bestOf(view, key))])),
  ];
  return h(
    'section',
    { class: 'panel', 'data-key': 'comparison', 'aria-labelledby': 'comparison-title' },
    h('h2', { id: 'comparison-title' }, t`What differs`),
    h(
      'p',
      { class: sameScore ? 'soft' : 'problem' },
      sameScore
        ? t`Both are scored by the same metric on as many rows of the same data. npm run compare tells whether their scores may be compared to the last detail.`
        : t`They are scored by other metrics or on other data: do not compare their scores.`,
    ),
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'group', 'aria-labelledby': 'comparison-title' },
      h(
        'table',
        { class: 'compare' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('td', {}),
            views.map(({ run }) => h('th', { scope: 'col' }, h('a', { href: `/run/${encodeURIComponent(run)}` }, run))),
          ),
        ),
        h(
          'tbody',
          {},
          rows.map(([label, cells]) =>
            h(
              'tr',
              {
                class: [differ(cells) && 'differs', cells.some(isLong) && 'long'].filter(Boolean).join(' ') || null,
                'data-key': label,
              },
              h('th', { scope: 'row' }, label, differ(cells) && h('span', { class: 'unseen' }, ` (${t`differs`})`)),
              cells.map((cell) => h('td', {}, cell)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** @returns {[string, (view: RunView) => string][]} */
const facts = () => [
  [t`status`, ({ status }) => statusText(status)],
  [t`Verdict`, ({ verdict }) => (verdict ? saidIn(verdict.line) : '–')],
  [
    t`rows used`,
    ({ data }) => (data ? `${translated(data.source)}: ${[data.train, data.dev, data.test ?? '–'].join(', ')}` : '–'),
  ],
  [t`metric`, ({ metric }) => metric.name],
  [t`untouched model`, ({ metric, untouched }) => scoreText(metric, untouched)],
  [t`default configuration`, ({ metric, baseline }) => scoreText(metric, baseline?.score)],
  [t`best configuration`, ({ metric, best }) => scoreText(metric, best?.score)],
  [t`held out: default`, ({ metric, confirmation }) => scoreText(metric, confirmation?.baseline)],
  [t`held out: best`, ({ metric, confirmation }) => scoreText(metric, confirmation?.best)],
  [t`difference, held out`, ({ metric, confirmation }) => deltaText(metric, confirmation?.difference?.mean)],
  [t`noise between seeds`, ({ metric, noise }) => spreadText(metric, noise?.atDefault)],
  [t`trainings`, (view) => countText(countsOf(view).trained)],
  [t`training time`, ({ usage }) => clockText(usage.trainSeconds)],
  [t`tokens`, ({ usage }) => countText(usage.promptTokens + usage.completionTokens)],
  [t`money`, ({ usage }) => (usage.costUsd === null ? '–' : dollarText(usage.costUsd))],
];
