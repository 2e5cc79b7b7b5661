/** One fault from its beginning to the verdict. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowBundle } from '@temporalio/worker';
import { gather, signsOfWork } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import {
  keptSecret,
  onLoopbackOnly,
  paidOnce,
  replays,
  sameResult,
  tidyFiles,
  tidyProcesses,
  toldInReport,
  trainedOnce,
} from './invariants.ts';
import type { Registry } from './invariants.ts';
import { Stage } from './stage.ts';
import type { Outcome, Size } from './stage.ts';

export interface Fault {
  name: string;
  /** Part of `npm test`. */
  quick?: boolean;
  size: Size;
  set?: string[];
  /** Injects the fault into the run that was started under `name`; without it, what `prepare` did is the fault. */
  inject?: (stage: Stage, name: string, random: () => number) => Promise<Injected>;
  /** Before the run starts: arms points, scripts the adviser. */
  prepare?: (stage: Stage, random: () => number) => void | Promise<void>;
  /** Checked beyond what holds for all. */
  also?: (evidence: Evidence, stage: Stage) => string[] | Promise<string[]>;
  /** The adviser's answers differ, so other trials are right. */
  otherAnswers?: boolean;
  repeatedCalls?: number;
  /** Of these, the ones whose reply died with its worker. */
  lostReplies?: number;
  /** Nothing stopped, so the report has nothing to tell. */
  unnoticed?: boolean;
  /** Seconds until work must go on. */
  within?: number;
  /** The client is a victim too, so the outcome comes from `attach`. */
  clientDies?: boolean;
  /** Trials were trained where their files cannot be seen: only the outcome is compared. */
  lostFiles?: boolean;
  /** How many trials may fail. */
  failed?: number;
}

export interface Injected {
  at: number;
  /** Whose signs tell that work goes on. */
  signs: 'workflow' | 'training' | 'held-out';
  /** When the interrupted training was seen for the last time, to count what it lost. */
  stoppedAt?: number;
}

export interface Verdict {
  fault: string;
  problems: string[];
  goesOnAfter: number | null;
  lost: number | null;
  seconds: number;
}

export class Session {
  readonly #stage: Stage;
  readonly #bundle: WorkflowBundle;
  readonly #registry: Registry = new Map();
  readonly #references = new Map<Size, Evidence>();
  readonly #random: () => number;

  constructor(stage: Stage, bundle: WorkflowBundle, random: () => number) {
    this.#stage = stage;
    this.#bundle = bundle;
    this.#random = random;
  }

  async play(fault: Fault): Promise<Verdict> {
    const began = Date.now();
    let verdict: Pick<Verdict, 'problems' | 'goesOnAfter' | 'lost'>;
    try {
      verdict = await this.#play(fault);
    } catch (error) {
      verdict = { problems: [(error as Error).message.slice(0, 2000)], goesOnAfter: null, lost: null };
      await this.#stage.abandonRuns();
    }
    return { fault: fault.name, ...verdict, seconds: (Date.now() - began) / 1000 };
  }

  async #reference(size: Size): Promise<Evidence> {
    const known = this.#references.get(size);
    if (known) return known;
    const before = this.#stage.openai.calls.length;
    const { stdout, stderr, exitCode } = await this.#stage.start(`reference-${size}`, size);
    if (exitCode !== 0) throw new Error(`the undisturbed run ended with ${exitCode}: ${stderr.slice(-1500)}`);
    const outcome = outcomeIn(stdout);
    const evidence = await gather(this.#stage, outcome, before);
    this.#references.set(size, evidence);
    const nothing = { reference: null, lostFiles: false, repeatedCalls: 0, lostReplies: 0, interrupted: false };
    sameResult(evidence, nothing, this.#registry);
    return evidence;
  }

  async #play(fault: Fault): Promise<Pick<Verdict, 'problems' | 'goesOnAfter' | 'lost'>> {
    const stage = this.#stage;
    const reference = fault.otherAnswers ? null : await this.#reference(fault.size);
    stage.points.clear();
    stage.openai.script.length = 0;
    const callsBefore = stage.openai.calls.length;
    await fault.prepare?.(stage, this.#random);
    const client = stage.start(fault.name, fault.size, ...(fault.set ?? []));
    const early = fault.clientDies ? new Promise<never>(() => {}) : endedEarly(client);
    early.catch(() => {});
    const injected = fault.inject ? await Promise.race([fault.inject(stage, fault.name, this.#random), early]) : null;
    const outcome = outcomeIn(await this.#end(fault, client));
    const evidence = await gather(stage, outcome, callsBefore);
    const expected = {
      reference,
      lostFiles: fault.lostFiles ?? false,
      repeatedCalls: fault.repeatedCalls ?? 0,
      lostReplies: fault.lostReplies ?? 0,
      interrupted: injected !== null && !fault.unnoticed,
    };
    const goesOnAfter =
      injected &&
      secondsUntilWork(
        injected.signs === 'held-out' ? stage.points.seen('held-out') : signsOfWork(evidence, injected.signs),
        injected.at,
      );
    await settled(stage);
    const problems = [
      ...sameResult(evidence, expected, this.#registry),
      ...(fault.lostFiles ? [] : trainedOnce(evidence)),
      ...paidOnce(evidence, expected),
      ...(fault.lostFiles ? [] : tidyFiles(stage, evidence)),
      ...tidyProcesses(stage),
      ...toldInReport(evidence, expected),
      ...(await replays(evidence, this.#bundle)),
      ...keptSecret(stage),
      ...onLoopbackOnly(stage),
      ...((await fault.also?.(evidence, stage)) ?? []),
      ...(outcome.failed === (fault.failed ?? 0) ? [] : [`${outcome.failed} trials failed`]),
      ...(fault.within !== undefined && goesOnAfter !== null && goesOnAfter > fault.within
        ? [`work went on after ${goesOnAfter.toFixed(1)} s, more than ${fault.within} s`]
        : []),
    ];
    return {
      problems,
      goesOnAfter,
      lost: injected?.stoppedAt === undefined ? null : lostSeconds(evidence, injected.stoppedAt),
    };
  }

  async #end(fault: Fault, client: ReturnType<Stage['start']>): Promise<string> {
    const { stdout, stderr, exitCode } = await client;
    if (!fault.clientDies) {
      if (exitCode !== 0) throw new Error(`start-run ended with ${exitCode}: ${stderr.slice(-1500)}`);
      return stdout;
    }
    const run = await this.#stage.runOf(fault.name);
    return (await this.#stage.command(['attach', run, '--json'])).stdout;
  }
}

/** A fault may last until the run has ended; it must then be over soon. */
const LASTS_MS = 90_000;

async function endedEarly(client: ReturnType<Stage['start']>): Promise<never> {
  const { exitCode, stderr } = await client;
  if (exitCode === 0) await sleep(LASTS_MS, undefined, { ref: false });
  throw new Error(`start-run ended with ${exitCode} before the fault came: ${stderr.slice(-1500)}`);
}

export function outcomeIn(stdout: string): Outcome {
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Outcome;
}

/** What was killed a moment ago may still be in the list of processes, and the trainer may be importing. */
async function settled(stage: Stage): Promise<void> {
  for (let tries = 0; tries < 50 && tidyProcesses(stage).length > 0; tries += 1) await sleep(100);
}

function secondsUntilWork(signs: readonly number[], at: number): number | null {
  const next = signs.find((time) => time > at + 100);
  return next === undefined ? null : (next - at) / 1000;
}

/** Seconds of training between the last thing that was kept and the end of the attempt. */
function lostSeconds({ trials }: Evidence, stoppedAt: number): number | null {
  const kept = trials.flatMap(({ events }) =>
    events
      .filter(({ event, t }) => (event === 'checkpoint' || event === 'started') && t * 1000 <= stoppedAt)
      .map(({ t }) => t * 1000),
  );
  return kept.length === 0 ? null : (stoppedAt - Math.max(...kept)) / 1000;
}
