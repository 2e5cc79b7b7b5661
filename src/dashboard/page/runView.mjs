/** One run: the question first, then the training in hand, the budget, and everything that was tried. */
import { ApiError, ask, follow, runPath } from './api.mjs';
import { chart, fillCharts } from './charts.mjs';
import { h } from './dom.mjs';
import { budgetPanel, runHead, scoresPanel, verdictPanel, whereabouts } from './facts.mjs';
import { scoreText } from './format.mjs';
import { importancePanel, reasonPanels, recordPanel, reportPanel } from './morePanels.mjs';
import { drawCurve, lastCard, trainingCard } from './live.mjs';
import { questionPanel, questionText, readOnlyNote, steering } from './question.mjs';
import { notesOf, trialsPanel } from './trialsTable.mjs';
import { titleOf, verdictOf } from './trials.mjs';
import { t } from './words.mjs';

/** Of runs before 0.6.0, which knew one metric. */
const CORRELATION = { name: 'spearman', direction: 'maximize', unit: null, scale: 'correlation' };
/** Of a training, before its steps come. */
const NOTHING_TOLD = {
  step: 0,
  totalSteps: null,
  epoch: null,
  loss: null,
  learningRate: null,
  pairsPerSecond: null,
  etaSeconds: null,
  devScore: null,
  trainSeconds: 0,
};
/** An answer stays to be read for so long after its question is gone. */
const ANSWER_STAYS_MS = 8000;

/** @typedef {import('./main.mjs').Page} Page */

/**
 * @param {string} run
 * @param {Page} page
 */
export function runView(run, page) {
  const at = runPath(run);
  /** @type {any} */
  let view = null;
  /** @type {string | null} */
  let missing = null;
  /** Curves by number of their trial. @type {Map<number, any>} */
  const curves = new Map();
  const state = {
    busy: false,
    /** @type {string | null} */ chosenKey: null,
    /** @type {{text: string, refused: boolean} | null} */ answer: null,
    /** @type {string | null} */ gate: null,
    /** @type {Set<number>} */ open: new Set(),
  };

  /** @param {any} fresh */
  function takeView(fresh) {
    fresh.metric ??= CORRELATION;
    tellNews(view, fresh);
    const known = trainingsOf(view);
    view = fresh;
    missing = null;
    const gate = fresh.gate?.id ?? null;
    if (gate !== state.gate)
      Object.assign(state, { gate, chosenKey: null, answer: state.busy || gate === null ? state.answer : null });
    if (trainingsOf(fresh) !== known) void loadCurves();
    page.draw();
  }

  async function loadCurves() {
    const byId = await ask(`${at}/curves`, { signal: page.signal }).catch(() => null);
    if (!byId) return;
    const numbers = new Map(view.trials.map((/** @type {any} */ { id, number }) => [id, number]));
    for (const { dir, number } of view.training) if (dir && number) numbers.set(dir, number);
    for (const [id, curve] of Object.entries(byId)) if (numbers.has(id)) curves.set(numbers.get(id), { id, ...curve });
    page.draw();
  }

  /** @param {any} step */
  function takeStep(step) {
    const { trial, number, totalSteps, loss, score } = step;
    const curve = curves.get(number) ?? { id: trial, steps: [], loss: [], looks: [], totalSteps };
    curves.set(number, curve);
    if (curve.id !== trial) Object.assign(curve, { id: trial, steps: [], loss: [], looks: [] });
    curve.totalSteps = totalSteps ?? curve.totalSteps;
    // A look comes with the loss of the step before it.
    if (typeof score === 'number') {
      curve.looks = curve.looks.filter((/** @type {any} */ look) => look.step < step.step);
      curve.looks.push({ step: step.step, score });
    } else if (typeof loss === 'number') {
      // A training that was resumed goes back to its checkpoint.
      while (curve.steps.length > 0 && curve.steps.at(-1) >= step.step) {
        curve.steps.pop();
        curve.loss.pop();
      }
      curve.steps.push(step.step);
      curve.loss.push(loss);
    }
    takeProgress({ ...step, phase: 'train' });
  }

  /** How far a training is: the facts that are told replace those of before. @param {any} told */
  function takeProgress({
    trial,
    number,
    step,
    totalSteps,
    trainSeconds,
    phase,
    loss,
    epoch,
    learningRate,
    rate,
    score,
  }) {
    if (!view || view.trials.some((/** @type {any} */ { id }) => id === trial)) return;
    const known = view.training.find((/** @type {any} */ one) => one.dir === trial || one.number === number);
    const pointer = known ?? { ...NOTHING_TOLD, dir: trial, number };
    if (!known) view.training.push(pointer);
    const told = {
      phase,
      step,
      totalSteps,
      trainSeconds,
      loss,
      epoch,
      learningRate,
      pairsPerSecond: rate,
      devScore: score,
    };
    for (const [name, value] of Object.entries(told)) if (value !== null && value !== undefined) pointer[name] = value;
    pointer.since ??= { step, trainSeconds };
    const [steps, seconds] = [step - pointer.since.step, trainSeconds - pointer.since.trainSeconds];
    if (steps > 0 && pointer.totalSteps) pointer.etaSeconds = ((pointer.totalSteps - step) * seconds) / steps;
    page.draw();
  }

  /** @param {any} before @param {any} now */
  function tellNews(before, now) {
    if (!before) return;
    for (const trial of now.trials.slice(before.trials.length))
      page.tell(
        t`Trial ${trial.number}, ${titleOf(trial)}: ${scoreText(now.metric, trial.result?.score)}, ${verdictOf(trial)}`,
      );
    if (now.gate && now.gate.id !== before.gate?.id) page.tell(t`A question is open: ${questionText(now.gate)}`);
    if (now.status !== before.status) page.tell(t`The run has ended.`);
  }

  /** @param {any} decision */
  async function decide(decision) {
    if (state.busy || !view) return;
    Object.assign(state, { busy: true, answer: null });
    page.draw();
    try {
      const { message } = await ask(`${at}/decisions`, { method: 'POST', body: decision });
      state.answer = { text: message, refused: false };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.answer = { text: error.message, refused: true };
    }
    state.busy = false;
    const { answer } = state;
    page.tell(answer.refused ? t`Refused: ${page.translated(answer.text)}` : page.translated(answer.text));
    page.draw();
    if (!answer.refused)
      setTimeout(() => {
        if (state.answer === answer) state.answer = null;
        page.draw();
      }, ANSWER_STAYS_MS);
  }

  /** What the open question adds to its answer, so that a late one is refused by name. */
  const ofGate = () => (view.gate ? { gate: view.gate.id } : {});

  /** @param {string} text */
  const asNumber = (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text.trim());

  /** @param {() => Promise<void>} change */
  async function changeNotes(change) {
    try {
      await change();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      page.tell(page.translated(error.message), { problem: true });
    }
    page.draw();
  }

  const load = () =>
    ask(at, { signal: page.signal }).then(takeView, (error) => {
      if (error.name === 'AbortError') return;
      if (error.status === 404) missing = error.message;
      else if (!view) page.tell(page.translated(error.message), { problem: true });
      page.draw();
    });

  follow(
    `${at}/events`,
    {
      run: takeView,
      step: takeStep,
      progress: takeProgress,
      gone: () => ((missing = t`This run has been removed.`), page.draw()),
    },
    { onState: page.connected, unseen: load, signal: page.signal },
  );
  void load();

  return {
    title: () => (view?.gate ? `(?) ${run}` : run),
    draw,
    drawn() {
      if (!view) return;
      for (const host of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-curve]')))
        drawCurve(host, curves.get(Number(host.dataset.curve)), view.metric);
      void fillCharts(run, `${view.trials.length} ${view.best?.trial} ${view.status}`, page.signal);
    },
    actions: {
      decide: (/** @type {HTMLElement} */ { dataset }) =>
        decide({ decision: dataset.decision, ...(isAnswer(dataset.decision) ? ofGate() : {}) }),
      set(/** @type {HTMLFormElement} */ form) {
        const { key, value } = Object.fromEntries(new FormData(form));
        void decide({ decision: 'set', key, value: asNumber(String(value)), ...ofGate() });
      },
      wish: (/** @type {HTMLElement} */ element) =>
        decide({
          decision: 'key',
          key: new FormData(/** @type {HTMLFormElement} */ (element.closest('form'))).get('key'),
          ...ofGate(),
        }),
      'choose-key'(/** @type {HTMLSelectElement} */ { value }) {
        state.chosenKey = value;
        page.draw();
      },
      'ask-stop': () =>
        page.confirm({
          title: t`Stop now?`,
          text:
            view.phase === 'confirming'
              ? t`What is left of the confirmation is skipped; the best so far is published.`
              : t`The training in hand is ended at once and lost; the best so far is confirmed and published.`,
          yes: t`Stop now`,
          onYes: () => decide({ decision: 'stop-now' }),
        }),
      'toggle-trial'(/** @type {HTMLElement} */ { dataset }) {
        const number = Number(dataset.trial);
        if (!state.open.delete(number)) state.open.add(number);
        page.draw();
      },
      'add-note'(/** @type {HTMLFormElement} */ form) {
        const text = String(new FormData(form).get('text')).trim();
        const trial = form.dataset.trial === '' ? null : Number(form.dataset.trial);
        if (text === '') return;
        void changeNotes(async () => {
          const note = await ask(`${at}/notes`, { method: 'POST', body: { trial, text } });
          form.reset();
          if (!view.notesOfPeople.some((/** @type {any} */ { id }) => id === note.id)) view.notesOfPeople.push(note);
          page.tell(t`The note is kept.`);
        });
      },
      'remove-note'(/** @type {HTMLElement} */ { dataset }) {
        void changeNotes(async () => {
          await ask(`${at}/notes/${encodeURIComponent(dataset.note ?? '')}`, { method: 'DELETE' });
          view.notesOfPeople = view.notesOfPeople.filter((/** @type {any} */ { id }) => id !== dataset.note);
          page.tell(t`The note is removed.`);
        });
      },
    },
  };

  function draw() {
    if (missing !== null)
      return [
        h('h1', { tabindex: '-1' }, run),
        h('p', { class: 'problem' }, page.translated(missing)),
        h('p', {}, h('a', { href: '/' }, t`All runs`)),
      ];
    if (!view) return [h('h1', { tabindex: '-1' }, run), h('p', { class: 'soft', role: 'status' }, t`Loading …`)];
    const { canChange } = page;
    return [
      runHead(view),
      questionPanel(view, { canChange, ...state }),
      verdictPanel(view),
      h(
        'div',
        { class: 'columns', 'data-key': 'columns' },
        h(
          'div',
          { class: 'wide' },
          trainingPanel(),
          reasonPanels(view),
          chart(
            'scores',
            t`Scores by trial`,
            t`The line is the best so far; the band is where other seeds of the default fall (95 %). Bars: what was expected.`,
          ),
        ),
        h('div', { class: 'narrow' }, budgetPanel(view), scoresPanel(view), steeringPanel()),
      ),
      chart(
        'parameters',
        t`Parameter against score`,
        t`Every training by the value of each parameter; the line leads from one accepted trial to the next.`,
      ),
      h(
        'div',
        { class: 'halves', 'data-key': 'halves' },
        chart(
          'parallel',
          t`Parallel coordinates`,
          t`Each line is a training; the more it stands out, the better its score.`,
        ),
        importancePanel(view),
      ),
      trialsPanel(view, { open: state.open, canChange }),
      notesPanel(),
      recordPanel(view),
      reportPanel(view),
    ];
  }

  function trainingPanel() {
    const last = view.trials.findLast((/** @type {any} */ { result }) => result && !result.from);
    const cards = view.training.map((/** @type {any} */ pointer) => trainingCard(pointer, view));
    return h(
      'section',
      { class: 'panel live', 'data-key': 'live', 'aria-labelledby': 'live-title' },
      h('h2', { id: 'live-title' }, cards.length > 0 ? t`In training` : last ? t`Last training` : t`In training`),
      cards.length > 0
        ? cards
        : last
          ? lastCard(last, view)
          : h('p', { class: 'soft' }, view.status === 'running' ? whereabouts(view) : t`No training has ended yet.`),
    );
  }

  function steeringPanel() {
    const { canChange } = page;
    const buttons = steering(view, { canChange, busy: state.busy });
    const shown = view.gate || view.paused;
    return (
      buttons &&
      h(
        'section',
        { class: 'panel', 'data-key': 'steering', 'aria-labelledby': 'steering-title' },
        h('h2', { id: 'steering-title' }, t`Steer`),
        buttons,
        !canChange && !shown && readOnlyNote(),
      )
    );
  }

  function notesPanel() {
    const notes = view.notesOfPeople.filter((/** @type {any} */ { trial }) => trial === null);
    if (notes.length === 0 && !page.canChange) return null;
    return h(
      'section',
      { class: 'panel', 'data-key': 'notes', 'aria-labelledby': 'notes-title' },
      h('h2', { id: 'notes-title' }, t`Notes of people`),
      h('p', { class: 'soft' }, t`Notes on a trial are in its row above; all of them are in the report.`),
      notesOf(notes, null, page.canChange),
    );
  }
}

/** Which trainings have or may have a curve. @param {any} view */
const trainingsOf = (view) => view && `${view.trials.length} ${view.training.map((/** @type {any} */ { dir }) => dir)}`;

/** Decisions that answer the open question; the others are about the run. @param {string | undefined} decision */
const isAnswer = (decision) => !['pause', 'resume', 'stop-now'].includes(decision ?? '');
