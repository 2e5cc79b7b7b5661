/**
 * A text classifier in plain Node, without any library: softmax regression on hashed words, by stochastic gradient descent.
 * It speaks version 1 of the line protocol (docs/plugins.md): its request on stdin, events on stdout.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FEATURES = 2 ** 15;
const FILES = { train: 'train.csv', dev: 'validation.csv', test: 'test.csv' };

const say = (event, fields = {}) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
let leaving = false;
process.on('SIGTERM', () => (leaving = true));
say('hello', { v: 1, can: ['train', 'describe', 'evaluate'] });
const request = JSON.parse(readFileSync(0, 'utf8'));
const { config } = request;

const rows = Object.fromEntries(Object.entries(FILES).map(([split, file]) => [split, read(file)]));
const labels = [...new Set(rows.train.map(({ label }) => label))].sort();

async function train() {
  const total = config.EPOCHS;
  let epoch = 0;
  let weights = new Float64Array(labels.length * FEATURES);
  if (request.resume) {
    weights = load(path.join(request.resume, 'weights.bin'));
    epoch = JSON.parse(readFileSync(path.join(request.resume, 'epoch.json'), 'utf8'));
  }
  while (epoch < total) {
    epoch += 1;
    // A draw of its own for each epoch: a resumed training sees the rows in the same order.
    const random = randomFrom(config.SEED * 1000 + epoch);
    const order = shuffled(rows.train, random);
    let sum = 0;
    for (const row of order) sum += learn(weights, row, config.RATE / (1 + config.DECAY * (epoch - 1)));
    say('progress', { step: epoch, total_steps: total, epoch, loss: sum / order.length });
    if (isLook(epoch, total)) say('score', { value: mean(rows.dev.map((row) => lossOf(weights, row))) });
    // Between two epochs, so that a signal is heard.
    await new Promise(setImmediate);
    if (epoch < total && (leaving || isSaveDue(epoch))) {
      const folder = path.join(request.checkpoint_dir, `step-${epoch}`);
      mkdirSync(folder, { recursive: true });
      save(path.join(folder, 'weights.bin'), weights);
      writeFileSync(path.join(folder, 'epoch.json'), JSON.stringify(epoch));
      say('checkpoint', { step: epoch });
      if (leaving) return;
    }
  }
  save(path.join(request.model_dir, 'weights.bin'), weights);
  const accuracy = mean(rows.dev.map((row) => (labels[best(scores(weights, row))] === row.label ? 1 : 0)));
  say('finished', { score: mean(rows.dev.map((row) => lossOf(weights, row))), metrics: { accuracy } });
}

function badConfiguration() {
  for (const key of ['RATE', 'DECAY', 'L2'])
    if (typeof config[key] !== 'number' || config[key] < 0)
      return `${key} is ${JSON.stringify(config[key])}; allowed: a number, 0 or more`;
  if (!Number.isInteger(config.EPOCHS) || config.EPOCHS < 1)
    return `EPOCHS is ${JSON.stringify(config.EPOCHS)}; allowed: a whole number above 0`;
  if (![0, 3, 4, 5, 6].includes(config.LETTERS))
    return `LETTERS is ${JSON.stringify(config.LETTERS)}; allowed: 0, 3, 4, 5, 6`;
  return null;
}

/** Whether the score after a step is one of the `looks` at equal shares of the training. */
function isLook(step, total) {
  return (
    request.looks !== null &&
    Math.floor((step * request.looks) / total) > Math.floor(((step - 1) * request.looks) / total)
  );
}

/** A training takes a second: it saves where it is told to, and else only when it is asked to leave. */
function isSaveDue(step) {
  return config.SAVE_STRATEGY === 'steps' && config.SAVE_STEPS !== 'auto' && step % config.SAVE_STEPS === 0;
}

function read(file) {
  const lines = readFileSync(path.join('data/sample-definitions', file), 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const comma = line.lastIndexOf(',');
    const text = line.slice(0, comma).replace(/^"|"$/g, '').replaceAll('""', '"');
    return { features: featuresOf(text), label: line.slice(comma + 1) };
  });
}

/**
 * Places of the words of a text, and of their runs of 3 to LETTERS letters, in a hashed vector of ones (Weinberger et al.
 * 2009; Bojanowski et al. 2017).
 */
function featuresOf(text) {
  const found = new Set();
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    found.add(hash(word) % FEATURES);
    const marked = `<${word}>`;
    for (let length = 3; length <= config.LETTERS; length += 1)
      for (let start = 0; start + length <= marked.length; start += 1)
        found.add(hash(marked.slice(start, start + length)) % FEATURES);
  }
  return [...found];
}

/** FNV-1a. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ letter.charCodeAt(0), 0x01000193);
  return value >>> 0;
}

function scores(weights, { features }) {
  return labels.map((_, label) => features.reduce((sum, feature) => sum + weights[label * FEATURES + feature], 0));
}

function probabilities(weights, row) {
  const found = scores(weights, row);
  const highest = Math.max(...found);
  const powers = found.map((score) => Math.exp(score - highest));
  const sum = powers.reduce((left, right) => left + right, 0);
  return powers.map((power) => power / sum);
}

const best = (values) => values.indexOf(Math.max(...values));
const mean = (values) => values.reduce((left, right) => left + right, 0) / values.length;
const lossOf = (weights, row) => -Math.log(Math.max(probabilities(weights, row)[labels.indexOf(row.label)], 1e-15));

/** One step of gradient descent on one row; returns its loss before the step. */
function learn(weights, row, rate) {
  const told = probabilities(weights, row);
  const truth = labels.indexOf(row.label);
  told.forEach((probability, label) => {
    const gradient = probability - (label === truth ? 1 : 0);
    for (const feature of row.features) {
      const at = label * FEATURES + feature;
      weights[at] -= rate * (gradient + config.L2 * weights[at]);
    }
  });
  return -Math.log(Math.max(told[truth], 1e-15));
}

function save(file, weights) {
  writeFileSync(file, new Uint8Array(weights.buffer));
}

function load(file) {
  const bytes = readFileSync(file);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Mulberry32: small, seeded, the same everywhere. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled(items, random) {
  const copy = [...items];
  for (let index = copy.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [copy[index], copy[other]] = [copy[other], copy[index]];
  }
  return copy;
}

const problem = badConfiguration();
if (problem) say('failed', { kind: 'bad_config', message: problem });
else if (request.command === 'describe')
  say('finished', { rows: Object.fromEntries(Object.entries(rows).map(([split, { length }]) => [split, length])) });
else if (request.command === 'evaluate') {
  const weights = load(path.join(request.model_dir, 'weights.bin'));
  say('finished', { values: rows[request.split].map((row) => lossOf(weights, row)) });
} else await train();
