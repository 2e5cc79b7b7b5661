/** One run: the question first, then the training in hand, the budget, and everything that was tried. */
import { ApiError, dropNote, keepNote, sendDecision } from './api.mjs';
import { chart, fillCharts } from './charts.mjs';
import { h } from './dom.mjs';
import { budgetPanel, runHead, scoresPanel, verdictPanel, whereabouts } from './facts.mjs';
import { importancePanel, reasonPanels, recordPanel, reportPanel } from './morePanels.mjs';
import { drawCurve, lastCard, trainingCard, waitingCard } from './live.mjs';
import { questionPanel, readOnlyNote, steering } from './question.mjs';
import { followRun } from './runNews.mjs';
import { ofSearch } from './trials.mjs';
import { notesOf, trialsPanel } from './trialsTable.mjs';
import { t } from './words.mjs';

/** An answer stays to be read for so long after its question is gone. */
const ANSWER_STAYS_MS = 8000;

/**
 * @typedef {import('./main.mjs').Page} Page
 * @typedef {import('./api.mjs').RunView} RunView
 * @typedef {import('./api.mjs').GivenDecision} GivenDecision
 */

/**
 * @param {string} run
 * @param {Page} page
 */
export function runView(run, page) {
  const state = {
    busy: false,
    /** @type {string | null} */ chosenKey: null,
    /** @type {{text: string, refused: boolean} | null} */ answer: null,
    /** @type {string | null} */ gate: null,
    /** @type {Set<number>} */ open: new Set(),
  };

  /** A question that is gone takes with it what was chosen for its answer. @param {RunView} view */
  function onView({ gate }) {
    const id = gate?.id ?? null;
    if (id === state.gate) return;
    Object.assign(state, { gate: id, chosenKey: null, answer: state.busy || id === null ? state.answer : null });
  }
  const known = followRun(run, page, onView);

  /** @param {GivenDecision} decision */
  async function decide(decision) {
    if (state.busy || !known.view) return;
    Object.assign(state, { busy: true, answer: null });
    page.draw();
    try {
      const { message } = await sendDecision(run, decision);
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
  const ofGate = () => (known.view?.gate ? { gate: known.view.gate.id } : {});

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

  return {
    title: () => (known.view?.gate ? `(?) ${run}` : run),
    draw,
    drawn() {
      const { view, curves } = known;
      if (!view) return;
      for (const host of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-curve]')))
        drawCurve(host, curves.get(Number(host.dataset.curve)), view.metric);
      void fillCharts(run, `${view.trials.length} ${view.best?.trial} ${view.status}`, page.signal);
    },
    actions: {
      decide(/** @type {HTMLElement} */ { dataset }) {
        const decision = /** @type {GivenDecision['decision']} */ (dataset.decision);
        void decide({ decision, ...(isAnswer(decision) ? ofGate() : {}) });
      },
      set(/** @type {HTMLFormElement} */ form) {
        const given = new FormData(form);
        const value = asNumber(String(given.get('value')));
        void decide({ decision: 'set', key: String(given.get('key')), value, ...ofGate() });
      },
      wish(/** @type {HTMLElement} */ element) {
        const given = new FormData(/** @type {HTMLFormElement} */ (element.closest('form')));
        void decide({ decision: 'key', key: String(given.get('key')), ...ofGate() });
      },
      'choose-key'(/** @type {HTMLSelectElement} */ { value }) {
        state.chosenKey = value;
        page.draw();
      },
      'ask-stop': () =>
        page.confirm({
          title: t`Stop now?`,
          text:
            known.view?.phase === 'confirming'
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
          const note = await keepNote(run, { trial, text });
          form.reset();
          const notes = known.view?.notesOfPeople;
          // The server's news may have brought it already.
          if (!notes?.some(({ id }) => id === note.id)) notes?.push(note);
          page.tell(t`The note is kept.`);
        });
      },
      'remove-note'(/** @type {HTMLElement} */ { dataset }) {
        void changeNotes(async () => {
          await dropNote(run, dataset.note ?? '');
          if (known.view) known.view.notesOfPeople = known.view.notesOfPeople.filter(({ id }) => id !== dataset.note);
          page.tell(t`The note is removed.`);
        });
      },
    },
  };

  function draw() {
    const { view, missing } = known;
    if (missing !== null)
      return [
        h('h1', { tabindex: '-1' }, run),
        h('p', { class: 'problem' }, page.translated(missing)),
        h('p', { class: 'crumbs' }, h('a', { href: '/' }, t`All runs`)),
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
          // What goes on comes first; of a run that has ended, what came of it.
          view.status === 'running'
            ? [trainingPanel(view), reasonPanels(view), scoresChart(view)]
            : [scoresChart(view), reasonPanels(view), trainingPanel(view)],
        ),
        h('div', { class: 'narrow' }, budgetPanel(view), scoresPanel(view), steeringPanel(view)),
      ),
      canCompare(view) &&
        chart(
          'parameters',
          t`Parameter against score`,
          t`Every training by the value of each parameter; the line leads from one accepted trial to the next.`,
        ),
      canCompare(view) &&
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
      notesPanel(view),
      recordPanel(view),
      reportPanel(view),
    ];
  }

  /** @param {RunView} view */
  function trainingPanel(view) {
    const last = view.trials.findLast(({ result }) => result && !result.from);
    const cards = [
      ...view.training.map((pointer) => trainingCard(pointer, view)),
      ...view.waiting.map((number) => waitingCard(number, view)),
    ];
    return h(
      'section',
      { class: 'panel live', 'data-key': 'live', 'aria-labelledby': 'live-title' },
      h(
        'h2',
        { id: 'live-title' },
        view.training.length > 0
          ? t`In training`
          : view.waiting.length > 0
            ? t`Waiting for a slot`
            : last
              ? t`Last training`
              : t`In training`,
      ),
      cards.length > 0
        ? cards
        : last
          ? lastCard(last, view)
          : h('p', { class: 'soft' }, view.status === 'running' ? whereabouts(view) : t`No training has ended yet.`),
    );
  }

  /** @param {RunView} view */
  function steeringPanel(view) {
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

  /** @param {RunView} view */
  function notesPanel(view) {
    const notes = view.notesOfPeople.filter(({ trial }) => trial === null);
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

/** Whether there are two scores, which is what a picture of parameters needs. @param {RunView} view */
const canCompare = ({ trials }) => trials.filter((trial) => trial.result && ofSearch(trial)).length > 1;

/** @param {RunView} view */
const scoresChart = ({ trials, noise }) =>
  trials.length > 0 &&
  chart(
    'scores',
    t`Scores by trial`,
    noise
      ? t`The line is the best so far; the band is where other seeds of the default fall (95 %). Bars: what was expected.`
      : t`The line is the best so far. Bars: what was expected.`,
  );

/** Decisions that answer the open question; the others are about the run. @param {GivenDecision['decision']} decision */
const isAnswer = (decision) => !['pause', 'resume', 'stop-now'].includes(decision);
