/** Where a run stands: its head, its scores, what it has used and may still use, how it ended. */
import { h } from './dom.mjs';
import {
  bytesText,
  clockText,
  countText,
  deltaText,
  dollarText,
  scoreText,
  spanText,
  spreadText,
  valueText,
} from './format.mjs';
import { language, saidIn, t, translated } from './words.mjs';

/** @typedef {import('./api.mjs').RunView} RunView */

/** @type {Record<string, () => string>} */
const PHASES = {
  preparing: () => t`checking trainer, data, model and adviser`,
  baseline: () => t`training the default configuration`,
  planning: () => t`planning`,
  confirming: () => t`confirming: default, winner and untouched model on held-out data`,
  publishing: () => t`publishing the model`,
  summarising: () => t`summarising`,
  reporting: () => t`writing the report`,
  ended: () => t`ended`,
};
/** @type {Record<string, () => string>} */
const STATUS = {
  running: () => t`running`,
  completed: () => t`completed`,
  stopped: () => t`stopped`,
  cancelled: () => t`cancelled`,
  canceled: () => t`cancelled`,
  failed: () => t`failed`,
  terminated: () => t`terminated`,
  timed_out: () => t`timed out`,
  lost: () => t`lost`,
  unknown: () => t`unknown`,
};
/** @param {string} phase */
export const phaseText = (phase) => PHASES[phase]?.() ?? phase;
/** @param {string} status */
export const statusText = (status) => STATUS[status]?.() ?? status;

/** @param {string} status */
export const statusChip = (status) => h('span', { class: `chip ${status}` }, statusText(status));

/** What the run does now. @param {RunView} view */
export function whereabouts({ phase, key, round, roundsPerKey, baseline, metric, gate, paused }) {
  if (gate) return t`waiting for an answer`;
  if (paused) return t`paused`;
  if (phase === 'baseline' && baseline) return t`measuring noise: the default with other seeds`;
  // An own training, whose metric alone is free, has no untouched model.
  if (phase === 'confirming' && metric.scale === 'free') return t`confirming: default and winner on held-out data`;
  if (phase !== 'tuning') return phaseText(phase);
  return key ? t`tuning ${key}, round ${round} of ${roundsPerKey}` : t`tuning whichever key promises most`;
}

/** Seconds that are left, less what has been trained since they were told. @param {RunView} view */
function leftText({ status, estimate, training }) {
  const left = estimate?.left?.seconds;
  if (!left || status !== 'running') return null;
  const since = Math.max(0, ...training.map(({ trainSeconds }) => trainSeconds));
  const less = (/** @type {number} */ seconds) => Math.max(0, seconds - since);
  return spanText({ low: less(left.low), middle: less(left.middle), high: less(left.high) });
}

/** @param {RunView} view */
export function runHead(view) {
  const { run, status, search, data, metric } = view;
  const left = leftText(view);
  const now = [
    status === 'running' ? whereabouts(view) : '',
    t`${search.spent} of ${search.pool} trainings used`,
    left && t`about ${left} left`,
  ].filter(Boolean);
  const about = [
    metric.direction === 'minimize' ? t`${metric.name}, lower is better` : t`${metric.name}, higher is better`,
    data &&
      `${translated(data.source)}: ${t`${countText(data.train)} rows to train on, ${countText(data.dev)} for the score, ${data.test === null ? t`none` : countText(data.test)} held out`}`,
    view.adviser &&
      (view.adviser.kind === 'openai' ? t`advised by ${view.adviser.model}` : t`chosen by the search model`),
  ].filter(Boolean);
  return h(
    'header',
    { class: 'run-head', 'data-key': 'head' },
    h('p', { class: 'crumbs' }, h('a', { href: '/' }, t`All runs`)),
    h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, run), statusChip(status)),
    h('p', { class: 'now' }, now.join(' · ')),
    h('p', { class: 'soft about' }, about.join(' · ')),
    view.problem && h('p', { class: 'problem', role: 'status' }, translated(view.problem)),
  );
}

/** In its sandbox the report cannot keep which language its reader chose; it takes that which its address names. */
export const reportAddress = (/** @type {string} */ url) => `${url}#language-${language()}`;

export const reportLink = (/** @type {string} */ url) =>
  h('a', { href: reportAddress(url), target: '_blank', rel: 'noopener' }, t`Open the report by itself`);

/** What the run came to. @param {RunView} view */
export function verdictPanel({ verdict, status, endedEarly, failureKind, reportUrl }) {
  if (status === 'running' && !verdict) return null;
  const kind = status === 'failed' ? 'worse' : (verdict?.verdict ?? 'none');
  const early = endedEarly ?? failureKind;
  return h(
    'section',
    { class: `panel verdict ${kind}`, 'data-key': 'verdict', 'aria-labelledby': 'verdict-title' },
    h('h2', { id: 'verdict-title' }, t`Verdict`),
    verdict && h('p', { class: 'line' }, saidIn(verdict.line)),
    early && h('p', {}, t`Ended early: ${translated(early)}`),
    !verdict && !early && h('p', {}, t`Nothing was measured that could be judged.`),
    verdict && h('p', { class: 'soft' }, saidIn(verdict.next)),
    reportUrl && h('p', {}, reportLink(reportUrl)),
  );
}

/** Scores beside each other, on dev and held-out data. @param {RunView} view */
export function scoresPanel(view) {
  const { metric, untouched, baseline, best, confirmation, noise, outlook, keys, untouchedModel } = view;
  const gain = baseline && best && best.trial !== baseline.trial ? best.score - baseline.score : null;
  /** @type {[string, number | null | undefined, number | null | undefined][]} */
  const rows = [
    [untouchedModel ? t`untouched model ${untouchedModel}` : t`untouched model`, untouched, confirmation?.untouched],
    [t`default configuration`, baseline?.score, confirmation?.baseline],
    [t`best configuration`, best?.score, confirmation?.best],
  ];
  const told = rows.filter(([, dev, held]) => typeof dev === 'number' || typeof held === 'number');
  const changed = keys.filter((key) => key.best !== null && key.best !== key.default);
  return h(
    'section',
    { class: 'panel scores', 'data-key': 'scores', 'aria-labelledby': 'scores-title' },
    h('h2', { id: 'scores-title' }, t`Scores`),
    told.length === 0
      ? h('p', { class: 'soft' }, t`no score yet`)
      : h(
          'table',
          { class: 'small' },
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('td', {}),
              h('th', { scope: 'col', class: 'number' }, t`dev`),
              confirmation && h('th', { scope: 'col', class: 'number' }, t`held out`),
            ),
          ),
          h(
            'tbody',
            {},
            told.map(([name, dev, held]) =>
              h(
                'tr',
                {},
                h('th', { scope: 'row' }, name),
                h('td', { class: 'number' }, scoreText(metric, dev)),
                confirmation && h('td', { class: 'number' }, scoreText(metric, held)),
              ),
            ),
          ),
        ),
    gain !== null && h('p', { class: 'number' }, t`Best over default, dev: ${deltaText(metric, gain)}`),
    changed.length > 0 &&
      h(
        'p',
        { class: 'settings' },
        t`The best differs from the default in`,
        ' ',
        changed.map(({ key, best: value }, index) => [
          index > 0 ? ', ' : '',
          h('code', {}, `${key} = ${valueText(value)}`),
        ]),
      ),
    noise &&
      h(
        'p',
        { class: 'soft' },
        t`Noise between seeds: ${spreadText(metric, noise.atDefault)} (standard deviation at the default).`,
      ),
    outlook &&
      view.status === 'running' &&
      h(
        'p',
        { class: 'soft' },
        t`All that is untried may still bring ${spreadText(metric, outlook.possible.mean)} (${spreadText(metric, outlook.possible.low)} to ${spreadText(metric, outlook.possible.high)}).`,
      ),
    coverage(view),
  );
}

/** @param {RunView} view */
function coverage({ predictions: { byModel, byAdviser } }) {
  return [
    byModel.of > 0 &&
      h(
        'p',
        { class: 'soft', 'data-key': 'byModel' },
        t`The search model's intervals held ${byModel.inside} of ${byModel.of} scores.`,
      ),
    byAdviser.of > 0 &&
      h(
        'p',
        { class: 'soft', 'data-key': 'byAdviser' },
        t`The adviser's intervals held ${byAdviser.inside} of ${byAdviser.of} scores.`,
      ),
  ];
}

/** How the trials of a run ended. @param {RunView} view */
export function countsOf({ trials }) {
  const count = (/** @type {(trial: RunView['trials'][number]) => boolean} */ which) => trials.filter(which).length;
  const pruned = count(({ failure }) => failure?.kind === 'pruned');
  return {
    trained: count(({ result }) => result !== null),
    failed: count(({ failure }) => failure !== null) - pruned,
    pruned,
    reused: count(({ result }) => Boolean(result?.from)),
  };
}

/** Trainings, time, tokens, money. @param {RunView} view */
export function budgetPanel(view) {
  const { search, estimate, usage, bytes } = view;
  const trials = countsOf(view);
  const left = leftText(view);
  const tokens = usage.promptTokens + usage.completionTokens;
  /** @type {[string, string | null | false][]} */
  const rows = [
    [t`time left`, left],
    [t`at first`, estimate && spanText(estimate.first.seconds)],
    [t`took`, typeof estimate?.tookSeconds === 'number' && clockText(estimate.tookSeconds)],
    [t`training time`, clockText(usage.trainSeconds)],
    // Those that repeat or confirm are beside the pool of the search.
    [t`trained in all`, countText(trials.trained)],
    [t`failed`, trials.failed > 0 && countText(trials.failed)],
    [t`ended early`, trials.pruned > 0 && countText(trials.pruned)],
    [t`reused`, trials.reused > 0 && countText(trials.reused)],
    [t`side by side`, search.slots > 1 && countText(search.slots)],
    [t`questions to the adviser`, usage.calls > 0 && countText(usage.calls)],
    [t`tokens`, tokens > 0 && countText(tokens)],
    [t`money`, usage.costUsd !== null && dollarText(usage.costUsd)],
    [t`disk`, bytesText(bytes)],
  ];
  return h(
    'section',
    { class: 'panel budget', 'data-key': 'budget', 'aria-labelledby': 'budget-title' },
    h('h2', { id: 'budget-title' }, t`Budget`),
    h(
      'div',
      { class: 'bar' },
      h('progress', { max: Math.max(1, search.pool), value: search.spent, 'aria-label': t`Trainings of the search` }),
      h('span', { class: 'number' }, t`${search.spent} of ${search.pool} trainings used`),
    ),
    h(
      'dl',
      { class: 'figures' },
      rows.map(([label, value]) => value && h('div', { 'data-key': label }, h('dt', {}, label), h('dd', {}, value))),
    ),
  );
}
