/** Finding the JSON in a reply that has prose or a code fence around it. */
import { said } from '../../domain/said.ts';

/** Longer replies are not scanned. */
const LONGEST_SCANNED = 200_000;
/** Openings tried before giving up, so that hostile text costs little. */
const MOST_TRIES = 50;

/**
 * Returns the answer in a text: the last JSON object that is accepted, else the first one, else undefined. What a model
 * thinks before it answers is no answer. Numbers beyond a double's range (1e400) are no JSON here.
 */
export function findJsonObject(text: string, accept: (candidate: unknown) => boolean = () => false): unknown {
  const found = jsonObjects(withoutThoughts(text).slice(0, LONGEST_SCANNED));
  return found.findLast(accept) ?? found[0];
}

/** Thoughts end with their closing tag; chat templates often swallow the opening one. Those without an end go on. */
function withoutThoughts(text: string): string {
  const end = text.lastIndexOf('</think>');
  const answer = end === -1 ? text : text.slice(end + '</think>'.length);
  const begins = answer.indexOf('<think>');
  return begins === -1 ? answer : answer.slice(0, begins);
}

function jsonObjects(scanned: string): unknown[] {
  const found: unknown[] = [];
  let tries = 0;
  let from = 0;
  for (let start = scanned.indexOf('{'); start !== -1 && tries < MOST_TRIES; start = scanned.indexOf('{', from)) {
    tries += 1;
    const end = endOfObject(scanned, start);
    // What stands inside braces that are no JSON is not the answer; behind them it may come.
    from = (end === -1 ? start : end) + 1;
    if (end === -1) continue;
    try {
      found.push(JSON.parse(scanned.slice(start, end + 1), finiteNumbers));
    } catch {
      continue;
    }
  }
  return found;
}

function finiteNumbers(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(said`a number is out of range`);
  return value;
}

/** Index of the brace that closes the one at `start`, braces in strings left out; -1 when none does. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}
