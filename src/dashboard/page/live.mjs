/** The trainings in hand: a bar, figures, and a learning curve that grows with each step. */
import uPlot from '/assets/uplot.js';
import { h } from './dom.mjs';
import { clockText, countText, scoreText, valueText } from './format.mjs';
import { titleOf } from './trials.mjs';
import { sentences, t } from './words.mjs';

/**
 * @typedef {import('./api.mjs').Curve} Curve
 * @typedef {import('./api.mjs').RunView} RunView
 * @typedef {RunView['metric']} Metric
 */

/** @type {Record<string, () => string>} */
const PHASES = {
  start: () => t`starting`,
  load: () => t`loading`,
  train: () => t`training`,
  evaluate: () => t`evaluating`,
  save: () => t`saving`,
};

/**
 * The card of a training that runs.
 *
 * @param {RunView['training'][number]} pointer
 * @param {RunView} view
 */
export function trainingCard(pointer, view) {
  const { number, step, totalSteps, phase, epoch, loss, learningRate, pairsPerSecond, etaSeconds, devScore } = pointer;
  const name = number ? t`Trial ${number}` : t`Training`;
  const trial = view.inHand?.find((one) => one.number === number);
  /** @type {[string, string | null][]} */
  const facts = [
    [t`epoch`, epoch === null ? null : epoch.toFixed(2)],
    [t`loss`, loss === null ? null : loss.toFixed(3)],
    [t`learning rate`, learningRate === null ? null : learningRate.toExponential(1)],
    [t`rows per second`, pairsPerSecond === null ? null : pairsPerSecond.toFixed(0)],
    [t`newest dev score`, devScore === null ? null : scoreText(view.metric, devScore)],
    [t`left`, etaSeconds === null ? null : clockText(etaSeconds)],
  ];
  return h(
    'article',
    { class: 'training', 'data-key': `training-${number ?? 0}` },
    h(
      'h3',
      {},
      name,
      ' ',
      h('span', { class: 'soft' }, [trial && titleOf(trial), PHASES[phase]?.() ?? phase].filter(Boolean).join(' · ')),
    ),
    totalSteps
      ? h(
          'div',
          { class: 'bar' },
          h('progress', {
            max: totalSteps,
            value: Math.min(step, totalSteps),
            'aria-label': t`Steps of trial ${number ?? ''}`,
          }),
          h('span', { class: 'number' }, t`step ${countText(step)} of ${countText(totalSteps)}`),
        )
      : h('p', { class: 'soft' }, t`It has not begun to train yet.`),
    h(
      'dl',
      { class: 'figures' },
      facts.map(
        ([label, value]) => value !== null && h('div', { 'data-key': label }, h('dt', {}, label), h('dd', {}, value)),
      ),
    ),
    h('div', { class: 'curve', 'data-own': true, 'data-curve': number ?? 0 }),
  );
}

/** A training that no slot is free for. @param {number} number @param {RunView} view */
export function waitingCard(number, view) {
  const trial = view.inHand?.find((one) => one.number === number);
  return h(
    'article',
    { class: 'training', 'data-key': `training-${number}` },
    h('h3', {}, t`Trial ${number}`, ' ', h('span', { class: 'soft' }, trial && titleOf(trial))),
    h('p', { class: 'soft' }, t`It waits for a free slot; ${'npm run status'} shows the workers.`),
  );
}

/** The newest finished training, while none runs. @param {RunView['trials'][number]} trial @param {RunView} view */
export function lastCard(trial, view) {
  return h(
    'article',
    { class: 'training', 'data-key': `training-${trial.number}` },
    h('h3', {}, t`Trial ${trial.number}`, ' ', h('span', { class: 'soft' }, titleOf(trial))),
    h(
      'p',
      { class: 'number' },
      trial.result
        ? t`Score ${scoreText(view.metric, trial.result.score)} after ${countText(trial.result.steps)} steps in ${clockText(trial.result.trainSeconds)}`
        : '',
    ),
    h('div', { class: 'curve', 'data-own': true, 'data-curve': trial.number }),
  );
}

/** The charts that are drawn, by the element that holds each. @type {WeakMap<Element, {plot: uPlot, signature: string, shown: {curve: Curve}}>} */
const drawn = new WeakMap();

/**
 * Draws or updates the curve in an element.
 *
 * @param {HTMLElement} host
 * @param {Curve | undefined} curve
 * @param {Metric} metric
 */
export function drawCurve(host, curve, metric) {
  const known = drawn.get(host);
  if (!curve || (curve.steps.length === 0 && curve.looks.length === 0)) {
    known?.plot.destroy();
    drawn.delete(host);
    host.removeAttribute('role');
    host.removeAttribute('aria-label');
    return;
  }
  const style = getComputedStyle(document.documentElement);
  const width = host.clientWidth;
  const signature = `${document.documentElement.lang} ${style.getPropertyValue('--scheme')} ${width}`;
  const data = aligned(curve);
  host.setAttribute('role', 'img');
  host.setAttribute('aria-label', curveText(curve, metric));
  if (known && known.signature === signature) {
    known.shown.curve = curve;
    known.plot.setData(data);
    return;
  }
  known?.plot.destroy();
  if (width === 0) return;
  const shown = { curve };
  drawn.set(host, { plot: new uPlot(optionsFor(shown, metric, width, style), data, host), signature, shown });
}

const lastStep = (/** @type {Curve} */ { steps, looks, totalSteps }) =>
  Math.max(1, totalSteps ?? 0, steps.at(-1) ?? 0, looks.at(-1)?.step ?? 0);

/** Steps of reports and of looks on one axis. @param {Curve} curve @returns {uPlot.AlignedData} */
function aligned({ steps, loss, looks }) {
  const losses = new Map(steps.map((step, index) => [step, loss[index]]));
  const scores = new Map(looks.map(({ step, score }) => [step, score]));
  const all = [...new Set([...losses.keys(), ...scores.keys()])].sort((a, b) => a - b);
  return [all, all.map((step) => losses.get(step)), all.map((step) => scores.get(step))];
}

/** @param {Curve} curve @param {Metric} metric */
function curveText({ steps, loss, looks }, metric) {
  const last = loss.at(-1);
  return sentences([
    t`Learning curve by step.`,
    typeof last === 'number' && t`Loss ${last.toFixed(3)} at step ${steps.at(-1)}.`,
    looks.length > 0 && t`Newest dev score: ${scoreText(metric, looks.at(-1)?.score)}.`,
  ]);
}

/** Steps between two marks of the axis: there are no halves of steps. */
const WHOLE_STEPS = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((first) => first * 10 ** power));

/**
 * With as many digits as tell them apart.
 *
 * @param {uPlot} _plot
 * @param {number[]} splits
 * @param {number} _axis
 * @param {number} _space
 * @param {number} increment
 */
function ticks(_plot, splits, _axis, _space, increment) {
  const digits = increment >= 1 ? 0 : Math.ceil(-Math.log10(increment / 0.9));
  // 0.25 and the like have one more than their size.
  const exact = Number(increment.toFixed(digits)) === increment ? digits : digits + 1;
  return splits.map((split) => split.toFixed(Math.min(20, exact)));
}

/** Pixels for the longest of the marks' numbers. @param {uPlot} _plot @param {string[] | null} values */
const room = (_plot, values) => 20 + 7 * Math.max(3, ...(values ?? []).map(({ length }) => length));

/**
 * @param {{curve: Curve}} shown - What it shows when it is drawn, which a newer curve replaces.
 * @param {Metric} metric
 * @param {number} width
 * @param {CSSStyleDeclaration} style
 * @returns {uPlot.Options}
 */
function optionsFor(shown, metric, width, style) {
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--soft'),
    font: '12px system-ui, sans-serif',
    labelFont: '12px system-ui, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
  };
  const line = { spanGaps: true, width: 2 };
  return {
    width,
    height: 220,
    scales: { x: { time: false, range: () => [0, lastStep(shown.curve)] } },
    legend: { live: true },
    cursor: { drag: { x: false, y: false } },
    axes: [
      { ...axis, label: t`step`, labelSize: 18, size: 34, incrs: WHOLE_STEPS },
      {
        ...axis,
        label: t`training loss`,
        labelSize: 18,
        stroke: colour('--blue'),
        scale: 'loss',
        size: room,
        values: ticks,
      },
      {
        ...axis,
        label: t`dev score`,
        labelSize: 18,
        stroke: colour('--orange'),
        scale: 'score',
        side: 1,
        size: room,
        grid: { show: false },
        values: ticks,
      },
    ],
    series: [
      { label: t`step`, value: (_plot, value) => (value === null ? '–' : countText(value)) },
      {
        ...line,
        label: t`training loss`,
        scale: 'loss',
        stroke: colour('--blue'),
        value: (_plot, value) => valueText(value && Number(value.toFixed(4))),
      },
      {
        ...line,
        label: t`dev score`,
        scale: 'score',
        stroke: colour('--orange'),
        dash: [6, 4],
        points: { show: true, size: 8, fill: colour('--orange') },
        value: (_plot, value) => scoreText(metric, value),
      },
    ],
  };
}
