/**
 * The server's events, for as long as the page is seen. A browser has six connections for each server, whatever pages it
 * shows: so many of them hold one for events that others are left for what pages ask; the rest look now and then.
 */

/** Of the six. */
const STREAMS = 4;
/** A page that nobody sees needs none: it looks this often for a question. */
const UNSEEN_EVERY_MS = 15_000;
/** One that is seen and has to wait for a stream. */
const WAITING_EVERY_MS = 2000;
const AGAIN_AFTER_MS = 1500;

/** @typedef {{[Event in keyof import('./api.mjs').News]?: (told: import('./api.mjs').News[Event]) => void}} Handlers */

/**
 * Follows the server's events, connecting again by itself.
 *
 * @param {string} path
 * @param {Handlers} handlers - By event.
 * @param {object} options
 * @param {(connected: boolean) => void} options.onState - Told after each look, and when the stream comes and goes.
 * @param {() => Promise<boolean>} options.look - Asks for the same once; false: the server was not reached.
 * @param {AbortSignal} options.signal
 */
export function follow(path, handlers, { onState, look, signal }) {
  let turn = new AbortController();
  const begin = () => {
    turn.abort();
    turn = new AbortController();
    const over = turn.signal;
    const lookOn = (/** @type {number} */ everyMs, /** @type {AbortSignal} */ until) =>
      every(everyMs, async () => onState(await look()), until);
    if (document.hidden) {
      lookOn(UNSEEN_EVERY_MS, over);
      return;
    }
    const held = new AbortController();
    lookOn(WAITING_EVERY_MS, AbortSignal.any([over, held.signal]));
    holdStream(over, () => {
      held.abort();
      listen(path, handlers, onState, over);
    });
  };
  document.addEventListener('visibilitychange', begin, { signal });
  window.addEventListener('online', begin, { signal });
  signal.addEventListener('abort', () => turn.abort(), { once: true });
  begin();
}

/** One after the other, the first after that time. @param {number} ms @param {() => Promise<void>} act @param {AbortSignal} until */
function every(ms, act, until) {
  const again = () => setTimeout(() => !until.aborted && void act().then(again), ms);
  again();
}

/**
 * Takes one of the streams that this browser's pages share, as soon as one is free, and gives it back at the signal.
 *
 * @param {AbortSignal} over
 * @param {() => void} onHeld
 */
function holdStream(over, onHeld) {
  const found = new AbortController();
  const signal = AbortSignal.any([over, found.signal]);
  for (let place = 0; place < STREAMS; place += 1)
    navigator.locks
      .request(`events ${place}`, { signal }, () => {
        // Two may come free at once.
        if (signal.aborted) return null;
        found.abort();
        onHeld();
        return new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
      })
      .catch((error) => {
        if (error.name !== 'AbortError') throw error;
      });
}

/** @param {string} path @param {Handlers} handlers @param {(connected: boolean) => void} onState @param {AbortSignal} over */
function listen(path, handlers, onState, over) {
  if (over.aborted) return;
  const source = new EventSource(path);
  over.addEventListener('abort', () => source.close(), { once: true });
  source.onopen = () => onState(true);
  source.onerror = () => {
    onState(false);
    // The browser tries again by itself, unless what answered was not a stream.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_AFTER_MS, path, handlers, onState, over);
  };
  for (const [event, handle] of Object.entries(handlers))
    source.addEventListener(event, ({ data }) => handle(data === '' ? null : JSON.parse(data)));
}
