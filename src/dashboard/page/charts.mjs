/** Static charts: Vega-Lite's, drawn by the server as SVG whose colours are the page's own. */
import { runPath } from './api.mjs';
import { h } from './dom.mjs';
import { language, t } from './words.mjs';

/** Charts are drawn anew when their place is wider or narrower by so many pixels. */
const STEP_PX = 20;
const NARROWEST_PX = 240;

/**
 * A place for a chart, with what is said beside it.
 *
 * @param {string} name - As the server calls it.
 * @param {string} title
 * @param {string} note
 * @param {string} id - Where one chart stands twice.
 */
export const chart = (name, title, note, id = `chart-${name}`) =>
  h(
    'section',
    { class: 'panel chart-panel', 'data-key': id, 'aria-labelledby': id },
    h('h2', { id }, title),
    h('p', { class: 'soft' }, note),
    h('div', { class: 'chart', 'data-own': true, 'data-chart': name, 'data-label': title }),
  );

/** What each place shows or is about to show. @type {WeakMap<Element, string>} */
const shown = new WeakMap();

/**
 * Fills the charts of the page that are not up to date.
 *
 * @param {string} run
 * @param {string} version - Changes with what the charts show.
 * @param {AbortSignal} signal
 * @param {ParentNode} within
 */
export async function fillCharts(run, version, signal, within = document) {
  const hosts = /** @type {HTMLElement[]} */ ([...within.querySelectorAll('[data-chart]')]);
  await Promise.all(hosts.map((host) => fill(host, run, version, signal)));
}

/** @param {HTMLElement} host @param {string} run @param {string} version @param {AbortSignal} signal */
async function fill(host, run, version, signal) {
  const width = Math.max(NARROWEST_PX, Math.floor(host.clientWidth / STEP_PX) * STEP_PX);
  const address = `${runPath(run)}/charts/${host.dataset.chart}.svg?${new URLSearchParams({ lang: language(), width: String(width) })}`;
  const wanted = `${address} ${version}`;
  if (shown.get(host) === wanted) return;
  shown.set(host, wanted);
  try {
    const answer = await fetch(address, { signal });
    if (shown.get(host) !== wanted) return;
    if (answer.status === 204) host.replaceChildren(h('p', { class: 'soft empty' }, t`Nothing to draw yet.`));
    else if (answer.ok) put(host, await answer.text());
    else throw new Error(String(answer.status));
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'AbortError') return;
    // Asked for again with the next news.
    shown.delete(host);
    if (host.childElementCount === 0)
      host.replaceChildren(h('p', { class: 'soft empty' }, t`The chart could not be loaded.`));
  }
}

/** @param {HTMLElement} host @param {string} text */
function put(host, text) {
  const svg = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  if (svg.nodeName !== 'svg') throw new Error('no SVG');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', host.dataset.label ?? '');
  host.replaceChildren(document.importNode(svg, true));
}

/** What a mark stands for, beside the pointer. */
export function showTips() {
  const tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  document.body.append(tip);
  document.addEventListener('pointermove', (event) => {
    const mark = /** @type {Element} */ (event.target).closest?.(
      '.chart svg [aria-roledescription="point"], .chart svg [aria-roledescription="line mark"][aria-label]',
    );
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.getAttribute('aria-label');
    const { innerWidth } = window;
    tip.style.left = `${Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${event.clientY + 14}px`;
  });
}
