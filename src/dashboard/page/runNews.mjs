/** What is known of one run, and how news change it. */
import { askCurves, askRun, runPath } from './api.mjs';
import { follow } from './follow.mjs';
import { scoreText } from './format.mjs';
import { questionText } from './question.mjs';
import { titleOf, verdictOf } from './trials.mjs';
import { t } from './words.mjs';

/**
 * @typedef {import('./main.mjs').Page} Page
 * @typedef {import('./api.mjs').RunView} RunView
 * @typedef {import('./api.mjs').News} News
 * @typedef {import('./api.mjs').Curve} Curve
 * @typedef {RunView['training'][number]} Pointer
 * @typedef {Curve & {id: string}} CurveOfTrial
 */

/**
 * Of a training, before its steps come.
 *
 * @type {Pointer}
 */
const NOTHING_TOLD = {
  pid: null,
  phase: '',
  step: 0,
  totalSteps: null,
  epoch: null,
  loss: null,
  learningRate: null,
  pairsPerSecond: null,
  etaSeconds: null,
  devScore: null,
  resumedFrom: null,
  trainSeconds: 0,
};

/**
 * Follows a run for as long as its page is shown.
 *
 * @param {string} run
 * @param {Page} page
 * @param {(view: RunView) => void} onView - Told of each whole state, before it is drawn.
 */
export function followRun(run, page, onView) {
  const known = {
    /** @type {RunView | null} */ view: null,
    /** Why the run cannot be shown. @type {string | null} */ missing: null,
    /** By number of their trial. @type {Map<number | null, CurveOfTrial>} */ curves: new Map(),
  };
  /** Where each training was when this page first heard of it: its pace since then tells what is left. */
  const since = /** @type {Map<string, Pick<Pointer, 'step' | 'trainSeconds'>>} */ (new Map());

  /** @param {RunView} fresh */
  function takeView(fresh) {
    if (known.view) tellNews(known.view, fresh, page);
    const before = known.view && trainingsOf(known.view);
    Object.assign(known, { view: fresh, missing: null });
    onView(fresh);
    if (trainingsOf(fresh) !== before) void loadCurves(fresh);
    page.draw();
  }

  /** @param {RunView} of */
  async function loadCurves(of) {
    const byId = await askCurves(run, page.signal).catch(() => null);
    if (!byId) return;
    const numbers = new Map(of.trials.map(({ id, number }) => [id, number]));
    for (const { dir, number } of of.training) if (dir && number) numbers.set(dir, number);
    for (const [id, curve] of Object.entries(byId)) {
      const number = numbers.get(id);
      if (number !== undefined) known.curves.set(number, { id, ...curve });
    }
    page.draw();
  }

  /** @param {News['step']} told */
  function takeStep(told) {
    const { trial, number, step, totalSteps, loss, score } = told;
    const kept = known.curves.get(number);
    const curve = kept?.id === trial ? kept : { id: trial, steps: [], loss: [], looks: [], totalSteps };
    known.curves.set(number, curve);
    curve.totalSteps = totalSteps ?? curve.totalSteps;
    // A look comes with the loss of the step before it.
    if (typeof score === 'number') {
      curve.looks = curve.looks.filter((look) => look.step < step);
      curve.looks.push({ step, score });
    } else if (typeof loss === 'number') {
      // A training that was resumed goes back to its checkpoint.
      while ((curve.steps.at(-1) ?? -1) >= step) {
        curve.steps.pop();
        curve.loss.pop();
      }
      curve.steps.push(step);
      curve.loss.push(loss);
    }
    takeProgress({ ...told, phase: 'train' });
  }

  /** How far a training is: the facts that are told replace those of before. @param {News['progress'] & Partial<News['step']>} told */
  function takeProgress({ trial, number, step, totalSteps, trainSeconds, phase, rate, score, ...more }) {
    const { view } = known;
    if (!view || view.trials.some(({ id }) => id === trial)) return;
    const found = view.training.find((one) => one.dir === trial || (number !== null && one.number === number));
    const pointer = found ?? { ...NOTHING_TOLD, dir: trial, number: number ?? undefined };
    if (!found) view.training.push(pointer);
    view.waiting = view.waiting.filter((one) => one !== number);
    const { loss, epoch, learningRate } = more;
    const told = { totalSteps, loss, epoch, learningRate, pairsPerSecond: rate, devScore: score };
    const given = Object.entries(told).filter(([, value]) => value !== null && value !== undefined);
    Object.assign(pointer, Object.fromEntries(given), { phase, step, trainSeconds });
    const heard = since.get(trial);
    // A training that was resumed has gone back.
    const from = heard && heard.step <= step ? heard : { step, trainSeconds };
    since.set(trial, from);
    const [steps, seconds] = [step - from.step, trainSeconds - from.trainSeconds];
    if (steps > 0 && pointer.totalSteps) pointer.etaSeconds = ((pointer.totalSteps - step) * seconds) / steps;
    page.draw();
  }

  const load = () =>
    askRun(run, page.signal).then(
      (view) => {
        takeView(view);
        return true;
      },
      (error) => {
        if (error.name === 'AbortError') return true;
        if (error.status === 404) known.missing = error.message;
        else if (!known.view) page.tell(page.translated(error.message), { problem: true });
        page.draw();
        return error.status !== 0;
      },
    );
  /** Steps that were told while this page had no events are in the curves. @param {boolean} connected */
  const onState = (connected) => {
    page.connected(connected);
    if (connected && known.view && known.view.training.length > 0) void loadCurves(known.view);
  };

  follow(
    `${runPath(run)}/events`,
    {
      run: takeView,
      step: takeStep,
      progress: takeProgress,
      gone: () => {
        known.missing = t`This run has been removed.`;
        page.draw();
      },
    },
    { onState, look: load, signal: page.signal },
  );
  void load();
  return known;
}

/** Which trainings have or may have a curve. @param {RunView} view */
const trainingsOf = (view) => `${view.trials.length} ${view.training.map(({ dir }) => dir)}`;

/** Reads out what is new. @param {RunView} before @param {RunView} now @param {Page} page */
function tellNews(before, now, page) {
  for (const trial of now.trials.slice(before.trials.length))
    page.tell(
      t`Trial ${trial.number}, ${titleOf(trial)}: ${scoreText(now.metric, trial.result?.score)}, ${verdictOf(trial)}`,
    );
  if (now.gate && now.gate.id !== before.gate?.id) page.tell(t`A question is open: ${questionText(now.gate)}`);
  if (now.status !== before.status) page.tell(t`The run has ended.`);
}
