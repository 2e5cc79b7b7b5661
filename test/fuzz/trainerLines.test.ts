/**
 * Whatever bytes come over the trainer's channel, only whole bounded lines and only events of the schema come out of
 * it.
 */
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundedLines } from '../../src/training/lines.ts';
import { MAX_LINE_BYTES, eventSchema, parseEvent } from '../../src/training/protocol.ts';
import { FACTS } from '../domain/runs.ts';
import { FUZZ_TIMEOUT_MS, fuzzed, mutateBytes, mutation } from './seed.ts';

const NEWLINE = 10;
const MEBIBYTE = 1024 * 1024;
/** Chunks of one stream at most, so that a long line cut into single bytes does not take minutes. */
const MOST_CHUNKS = 512;

const head = { v: 1, seq: 3, t: 1.5, trial: 'aaaaaaaaaaaaaaaa' };
const EVENTS: Record<string, unknown>[] = [
  {
    ...head,
    trial: null,
    event: 'ready',
    pid: 7,
    fork: true,
    versions: FACTS.versions,
    device: FACTS.device,
    precisions: ['fp32'],
    threads: 2,
    slots: 2,
  },
  { ...head, event: 'started', pid: 7, resumed_from: 0, total_steps: 25, rows: { train: 200, dev: 100 } },
  {
    ...head,
    event: 'step',
    step: 1,
    total_steps: 25,
    epoch: 0.1,
    loss: 1,
    learning_rate: 1e-5,
    grad_norm: null,
    pairs_per_s: 3,
    eta_s: 4,
  },
  { ...head, event: 'eval', step: 25, epoch: 1, score: 0.8, metrics: { pearson: 0.8 }, best: true, seconds: 1 },
  { ...head, event: 'progress', step: null, phase: 'load' },
  { ...head, event: 'checkpoint', step: 25, path: '/x/checkpoint-25', seconds: 1 },
  { ...head, event: 'warning', code: 'data', message: 'scores above 1 \u2028 "quoted" 因为' },
  { ...head, event: 'finished', result: '/x/result.json', score: 0.8 },
  { ...head, event: 'finished', inspection: FACTS.inspection },
  {
    ...head,
    event: 'finished',
    evaluation: {
      split: 'test',
      pairs: 100,
      scores: { best: { score: 0.8, metrics: { pearson: null } } },
      difference: { mean: 0, low: -1, high: 1 },
      seconds: 1,
    },
  },
  {
    ...head,
    event: 'failed',
    kind: 'oom',
    message: 'out of memory',
    facts: { step: 3, deep: { exit_code: null } },
    log_tail: 'x',
  },
];
const TOKENS = [
  '1e400',
  '-1e400',
  'NaN',
  'Infinity',
  '-0',
  '1e-400',
  '9007199254740993',
  'null',
  'true',
  '""',
  '"1"',
  '[]',
  '{}',
  '{"__proto__":{"v":1}}',
  '{"constructor":1}',
  '"\\ud800"',
  '"a\\nb"',
  '"failed"',
  '2',
  '['.repeat(3000),
  '{"a":'.repeat(3000),
  `"${'x'.repeat(70_000)}"`,
];
const METACHARACTERS = [
  '\n',
  '\r\n',
  '\r',
  '\0',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\uFEFF',
  '\u2028',
  '{"v":1}',
  '"v":2,',
  ' ',
  'NaN',
];

const valid = fc.constantFrom(...EVENTS);
const line = fc
  .oneof(
    { weight: 4, arbitrary: valid.map((event) => JSON.stringify(event)) },
    {
      weight: 6,
      arbitrary: fc
        .record({ event: valid, at: fc.nat(99), token: fc.constantFrom(...TOKENS) })
        .map(({ event, at, token }) => withToken(event, at, token)),
    },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  )
  .map((text) => Buffer.from(text));
const long = fc.integer({ min: -3, max: 3 }).map((off) => Buffer.alloc(MAX_LINE_BYTES + off, 'x'));
const part = fc.oneof(
  { weight: 12, arbitrary: line },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: long },
);
const put = fc.oneof(fc.constantFrom(...METACHARACTERS), fc.constantFrom(...TOKENS), fc.string({ maxLength: 6 }));
const stream = fc.record({
  parts: fc.array(part, { minLength: 1, maxLength: 6 }),
  ended: fc.boolean(),
  mutations: fc.array(mutation(put), { maxLength: 4 }),
  cuts: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 80_000 })), {
    minLength: 1,
    maxLength: 8,
  }),
});

/** One field, of the event or of what it holds, becomes a token as it stands, also where that is no JSON. */
function withToken(event: Record<string, unknown>, at: number, token: string): string {
  const fields = Object.keys(event);
  const field = fields[at % fields.length]!;
  const inner = event[field];
  const marked =
    inner !== null && typeof inner === 'object' && !Array.isArray(inner) && at % 2 === 0
      ? { ...inner, [Object.keys(inner)[0]!]: '@' }
      : '@';
  return JSON.stringify({ ...event, [field]: marked }).replace('"@"', () => token);
}

function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1)
    chunks.push(bytes.subarray(at, (at += Math.max(cuts[turn % cuts.length]!, Math.ceil(bytes.length / MOST_CHUNKS)))));
  return chunks;
}

/** The lines as they stand in the bytes; what follows the last line break is none. */
function linesIn(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

describe('a mutated stream of trainer lines', () => {
  test(
    'gives the lines within the limit, whole and in order, and of them the events of the schema alone',
    async () => {
      let events = 0;
      await fc.assert(
        fc.asyncProperty(stream, async ({ parts, ended, mutations, cuts }) => {
          const whole = Buffer.concat(parts.flatMap((bytes) => [bytes, Buffer.from('\n')]));
          const bytes = mutations.reduce(mutateBytes, ended ? whole : whole.subarray(0, -1));
          const expected = linesIn(bytes);
          const lines: string[] = [];
          const dropped: number[] = [];
          for await (const text of boundedLines(Readable.from(chunksOf(bytes, cuts)), MAX_LINE_BYTES, (length) =>
            dropped.push(length),
          )) {
            // An ill-formed byte is one character when decoded, so characters bound the bytes that were held.
            expect(text.length).toBeLessThanOrEqual(MAX_LINE_BYTES);
            lines.push(text);
          }
          expect(lines).toEqual(expected.filter(({ length }) => length <= MAX_LINE_BYTES).map(String));
          expect(dropped).toEqual(expected.map(({ length }) => length).filter((length) => length > MAX_LINE_BYTES));
          for (const text of lines) {
            const event = parseEvent(text);
            if (event === null) continue;
            events += 1;
            expect(eventSchema.parse(event)).toEqual(event);
          }
        }),
        {
          ...fuzzed('trainerLines'),
          examples: [
            [
              {
                parts: EVENTS.map((event) => Buffer.from(JSON.stringify(event))),
                ended: true,
                mutations: [],
                cuts: [7],
              },
            ],
          ],
        },
      );
      expect(events).toBeGreaterThanOrEqual(EVENTS.length);
    },
    FUZZ_TIMEOUT_MS,
  );

  test(
    'with a line that never ends does not stay in memory',
    async () => {
      v8.setFlagsFromString('--expose-gc');
      const collectGarbage = vm.runInNewContext('gc') as () => void;
      // Freed buffers are counted until a background thread has swept them; a collection takes long beside other work.
      const held = async (turns: number, enough = 0): Promise<number> => {
        let least = Infinity;
        for (let turn = 0; turn < turns && least > enough; turn += 1) {
          collectGarbage();
          await setTimeout(20);
          least = Math.min(least, process.memoryUsage().arrayBuffers);
        }
        return least;
      };
      const atMost = (await held(5)) + 32 * MEBIBYTE;
      let atTheEnd = Infinity;
      async function* endless() {
        for (let count = 0; count < 1024; count += 1) yield Buffer.alloc(MAX_LINE_BYTES, 'x');
        atTheEnd = await held(60, atMost);
      }
      for await (const text of boundedLines(Readable.from(endless()), MAX_LINE_BYTES, () => {}))
        expect(text).toBe('no line');
      expect(atTheEnd).toBeLessThanOrEqual(atMost);
    },
    FUZZ_TIMEOUT_MS,
  );
});
