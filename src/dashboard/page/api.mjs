/** What the page asks of its server. Every change carries the header that no other site's form can send. */

/**
 * The server's own types: a field of another name there is an error here.
 *
 * @typedef {import('../told.ts').News} News
 * @typedef {import('../told.ts').RunList} RunList
 * @typedef {import('../told.ts').Session} Session
 * @typedef {import('../told.ts').Words} Words
 * @typedef {import('../runs.ts').RunView} RunView
 * @typedef {import('../curves.ts').Curve} Curve
 * @typedef {import('../decisions.ts').GivenDecision} GivenDecision
 * @typedef {import('../notes.ts').GivenNote} GivenNote
 * @typedef {import('../../training/notesFile.ts').Note} Note
 */

/** A refusal in the server's words; `status` 0: it was not reached. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {{method?: string, body?: unknown, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} The JSON that it answers; null where it answers nothing.
 * @throws {ApiError}
 */
async function ask(path, { method = 'GET', body, signal } = {}) {
  const changes = method !== 'GET';
  const answer = await fetch(path, {
    method,
    headers: {
      Accept: 'application/json',
      ...(changes ? { 'X-Tuning': '1' } : {}),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((error) => {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'the dashboard cannot be reached');
  });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : null;
  if (!answer.ok) throw new ApiError(answer.status, json?.error ?? `${answer.status} ${answer.statusText}`);
  return json;
}

/** @param {string} run */
export const runPath = (run) => `/api/runs/${encodeURIComponent(run)}`;

/** @returns {Promise<Session>} */
export const askSession = () => ask('/api/session');

/** @returns {Promise<Words>} */
export const askWords = () => ask('/api/words');

/** @param {AbortSignal} signal @returns {Promise<RunList>} */
export const askRuns = (signal) => ask('/api/runs', { signal });

/** @param {string} run @param {AbortSignal} signal @returns {Promise<RunView>} */
export const askRun = (run, signal) => ask(runPath(run), { signal });

/** By trial. @param {string} run @param {AbortSignal} signal @returns {Promise<Record<string, Curve>>} */
export const askCurves = (run, signal) => ask(`${runPath(run)}/curves`, { signal });

/** @param {string} run @param {GivenDecision} body @returns {Promise<{message: string}>} */
export const sendDecision = (run, body) => ask(`${runPath(run)}/decisions`, { method: 'POST', body });

/** @param {string} run @param {GivenNote} body @returns {Promise<Note>} */
export const keepNote = (run, body) => ask(`${runPath(run)}/notes`, { method: 'POST', body });

/** @param {string} run @param {string} id @returns {Promise<null>} */
export const dropNote = (run, id) => ask(`${runPath(run)}/notes/${encodeURIComponent(id)}`, { method: 'DELETE' });
