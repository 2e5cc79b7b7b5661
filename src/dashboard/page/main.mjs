/** The page: which view is shown, in which language and theme, and what every view has around it. */
import { askSession } from './api.mjs';
import { showTips } from './charts.mjs';
import { compareView } from './compareView.mjs';
import { h, morph } from './dom.mjs';
import { helpDialog, openDialog, shortcutsOn, watchKeys } from './keyboard.mjs';
import { runView } from './runView.mjs';
import { runsView } from './runsView.mjs';
import { language, loadWords, rememberLanguage, t, translated } from './words.mjs';

/**
 * What a view may ask of the page.
 *
 * @typedef {object} Page
 * @property {boolean} canChange - Whether this browser holds the token.
 * @property {AbortSignal} signal - Aborted when the view is left.
 * @property {() => void} draw - Draws soon.
 * @property {(text: string, options?: {problem?: boolean}) => void} tell - News, read out; a problem is shown, too.
 * @property {(connected: boolean) => void} connected
 * @property {(path: string) => void} go
 * @property {(text: string) => string} translated
 * @property {(question: {title: string, text: string, yes: string, onYes: () => void}) => void} confirm
 */
/**
 * @typedef {object} View
 * @property {() => string} title
 * @property {() => import('./dom.mjs').Child} draw
 * @property {() => void} drawn - Called after what was drawn is on the page.
 * @property {Record<string, (element: any) => void>} actions - By `data-do` and `data-change`.
 */

const DRAW_AFTER_MS = 16;
/** A lost connection is told once it has been away for so long: a reload of the server is no news. */
const LOST_AFTER_MS = 700;

/** @type {import('./api.mjs').Session} */
let session = { canChange: false, version: '' };
/** @type {View} */
let view;
let leaving = new AbortController();
/** @type {number | undefined} */
let timer;
/** @type {number | undefined} */
let lostTimer;
let lost = false;
/** @type {string | null} */
let problem = null;

function draw() {
  timer ??= window.setTimeout(() => {
    timer = undefined;
    drawNow();
  }, DRAW_AFTER_MS);
}

function drawNow() {
  document.documentElement.lang = language() === 'zh' ? 'zh-CN' : 'en';
  document.title = `${view.title()} – ${t`Model Tuning Agent`}`;
  morph(document.querySelector('#page') ?? document.body.appendChild(h('div', { id: 'page' })), whole());
  view.drawn();
}

const whole = () =>
  h(
    'div',
    { id: 'page' },
    h('a', { class: 'skip', href: '#view' }, t`To the content`),
    topBar(),
    h(
      'div',
      { class: 'lost', role: 'alert', 'data-key': 'lost' },
      lost && t`Connection lost. Trying again; what you typed is kept.`,
    ),
    h(
      'div',
      { class: 'lost', role: 'alert', 'data-key': 'problem' },
      problem,
      problem && h('button', { type: 'button', class: 'quiet', 'data-do': 'dismiss' }, t`Dismiss`),
    ),
    h('main', { id: 'view', tabindex: '-1', 'data-key': location.pathname }, view.draw()),
    h(
      'footer',
      { class: 'bottom soft' },
      `${t`Model Tuning Agent`} ${session.version} · `,
      session.canChange ? t`This browser may answer and steer.` : t`This browser may only read.`,
    ),
  );

/** In the order in which they are gone through. */
const THEMES = {
  auto: { sign: '◐', words: () => t`Theme: system` },
  light: { sign: '☀', words: () => t`Theme: light` },
  dark: { sign: '☾', words: () => t`Theme: dark` },
};
const ORDER = /** @type {(keyof typeof THEMES)[]} */ (Object.keys(THEMES));
/** What somebody else put there counts as the system's. */
const themeNow = () => ORDER.find((one) => one === document.documentElement.dataset.theme) ?? 'auto';

function topBar() {
  const theme = THEMES[themeNow()];
  return h(
    'header',
    { class: 'top' },
    h(
      'a',
      { href: '/', class: 'brand' },
      h('img', { src: '/assets/icon.svg', alt: '', width: 22, height: 22 }),
      h('span', {}, t`Model Tuning Agent`),
    ),
    h('span', {
      class: `dot ${lost ? 'away' : 'here'}`,
      role: 'img',
      'aria-label': lost ? t`Connection lost` : t`Connected`,
    }),
    h(
      'nav',
      { class: 'switches', 'aria-label': t`Settings of this page` },
      h(
        'button',
        { type: 'button', class: 'quiet', 'data-do': 'theme' },
        h('span', { 'aria-hidden': 'true' }, theme.sign),
        h('span', { class: 'wordy' }, ' ', theme.words()),
      ),
      // Named in the language that it leads to.
      h(
        'button',
        { type: 'button', class: 'quiet', 'data-do': 'language', lang: language() === 'zh' ? 'en' : 'zh-CN' },
        language() === 'zh' ? 'English' : '中文',
      ),
      h('button', { type: 'button', class: 'quiet', 'data-do': 'help', 'aria-label': t`Keyboard and help` }, '?'),
    ),
  );
}

/** @param {string} text */
function tell(text, { problem: isProblem = false } = {}) {
  const news = document.querySelector('#news');
  if (news) news.textContent = text;
  if (!isProblem) return;
  problem = text;
  draw();
}

/** @param {boolean} connected */
function connected(connected) {
  clearTimeout(lostTimer);
  if (connected && !lost) return;
  const set = () => {
    if (lost && connected) tell(t`Connected again.`);
    lost = !connected;
    draw();
  };
  if (connected) set();
  else lostTimer = window.setTimeout(set, LOST_AFTER_MS);
}

/** Shows the view of the address. @param {{first?: boolean}} [options] */
function show({ first = false } = {}) {
  leaving.abort();
  leaving = new AbortController();
  const [, kind, one, other] = location.pathname.split('/').map(decodeURIComponent);
  /** @type {Page} */
  const page = {
    canChange: session.canChange,
    signal: leaving.signal,
    draw,
    tell,
    connected,
    go,
    translated,
    confirm: openDialog,
  };
  problem = null;
  if (kind === 'run' && one) view = runView(one, page);
  else if (kind === 'compare' && one && other) view = compareView([one, other], page);
  else view = runsView(page);
  drawNow();
  if (first) return;
  window.scrollTo(0, 0);
  /** @type {HTMLElement | null} */ (document.querySelector('#view h1'))?.focus();
}

/** @param {string} path */
function go(path) {
  history.pushState(null, '', path);
  show();
}

/** @type {Record<string, (element: HTMLElement) => void>} */
const ACTIONS = {
  theme() {
    const next = ORDER[(ORDER.indexOf(themeNow()) + 1) % ORDER.length] ?? 'auto';
    document.documentElement.dataset.theme = next;
    localStorage.setItem('theme', next);
    draw();
  },
  language() {
    rememberLanguage(language() === 'zh' ? 'en' : 'zh');
    draw();
  },
  help: () => helpDialog(),
  dismiss() {
    problem = null;
    draw();
  },
};
const act = (/** @type {string | undefined} */ name, /** @type {HTMLElement} */ element) =>
  (view.actions[name ?? ''] ?? ACTIONS[name ?? ''])?.(element);

document.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target);
  const element = /** @type {HTMLElement | null} */ (target.closest('button[data-do]'));
  if (element && !(/** @type {HTMLButtonElement} */ (element).disabled)) return act(element.dataset.do, element);
  const link = target.closest('a');
  if (
    !link ||
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  )
    return;
  const { origin, pathname, hash } = new URL(link.href);
  if (
    origin !== location.origin ||
    link.target ||
    !/^\/(?:$|run\/|compare\/)/.test(pathname) ||
    pathname === location.pathname
  )
    return;
  event.preventDefault();
  go(`${pathname}${hash}`);
});
document.addEventListener('submit', (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.dataset.do) return;
  event.preventDefault();
  act(form.dataset.do, form);
});
document.addEventListener('change', (event) => {
  const element = /** @type {HTMLElement} */ (event.target);
  act(element.dataset.change, element);
});
window.addEventListener('popstate', () => show());

document.body.append(h('div', { id: 'news', class: 'unseen', 'aria-live': 'polite', role: 'status' }));
showTips();
watchKeys({ isOn: shortcutsOn, go });
await loadWords();
session = await askSession();
show({ first: true });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
new ResizeObserver(draw).observe(document.body);
