/** Splitting a byte stream into lines without ever holding more than one bounded line. */
import type { Readable } from 'node:stream';

/**
 * Yields complete lines. A line longer than `maxBytes` is skipped up to its end and given to `onDropped` as its length.
 */
export async function* boundedLines(
  stream: Readable,
  maxBytes: number,
  onDropped: (bytes: number) => void,
): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10, start); end !== -1; end = chunk.indexOf(10, start)) {
      length += end - start;
      if (length <= maxBytes) yield Buffer.concat([...parts, chunk.subarray(start, end)]).toString('utf8');
      else onDropped(length);
      parts = [];
      length = 0;
      start = end + 1;
    }
    length += chunk.length - start;
    if (length <= maxBytes) parts.push(chunk.subarray(start));
    else parts = [];
  }
}
