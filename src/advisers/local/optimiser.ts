/**
 * The local optimiser's process (`python -m tuning_trainer advise`): started when first asked, started again after it
 * died.
 */
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { execa } from 'execa';
import { z } from 'zod';
import type { ParameterSpace } from '../../domain/settings.ts';
import { pythonEnvironment, pythonExecutable } from '../../processes/python.ts';
import { PROJECT_ROOT } from '../../projectRoot.ts';

const ANSWER_WITHIN_MS = 60_000;

export interface OptimiserRequest {
  key: string;
  space: ParameterSpace;
  trials: { value: string | number; score: number | null }[];
  seed: number;
}
export type OptimiserAnswer = { value: string | number } | { exhausted: true };

const answerSchema = z.object({
  id: z.string().nullable(),
  value: z.union([z.string(), z.number()]).optional(),
  exhausted: z.literal(true).optional(),
  error: z.string().optional(),
});
type Answer = z.infer<typeof answerSchema>;

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

export class LocalOptimiser {
  #stdin: Writable | null = null;
  readonly #waiting = new Map<string, Waiting>();
  #asked = 0;

  /** @throws Error when the optimiser fails or dies. */
  async suggest(request: OptimiserRequest): Promise<OptimiserAnswer> {
    const stdin = this.#stdin ?? this.#start();
    this.#asked += 1;
    const id = String(this.#asked);
    const answer = await new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the local optimiser did not answer within ${ANSWER_WITHIN_MS / 1000} s`)),
        ANSWER_WITHIN_MS,
      );
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        resolve: (given) => (done(), resolve(given)),
        reject: (error) => (done(), reject(error)),
      });
      stdin.write(`${JSON.stringify({ v: 1, id, ...request })}\n`);
    });
    if (answer.error) throw new Error(`the local optimiser failed: ${answer.error}`);
    if (answer.value === undefined) return { exhausted: true };
    return { value: answer.value };
  }

  /** Ends the process; it leaves when its stdin ends. */
  dispose(): void {
    this.#stdin?.end();
    this.#stdin = null;
  }

  #start(): Writable {
    const child = execa(pythonExecutable(), ['-m', 'tuning_trainer', 'advise'], {
      cwd: PROJECT_ROOT,
      env: pythonEnvironment(),
      extendEnv: false,
      reject: false,
      buffer: { stdout: false },
      stdin: 'pipe',
    });
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => this.#receive(line));
    void child.then(({ stderr }) => {
      if (this.#stdin === child.stdin) this.#stdin = null;
      const last = String(stderr ?? '')
        .trim()
        .split('\n')
        .at(-1)
        ?.slice(0, 300);
      for (const waiting of this.#waiting.values())
        waiting.reject(new Error(`the local optimiser ended${last ? `: ${last}` : ''}`));
    });
    this.#stdin = child.stdin;
    return child.stdin;
  }

  #receive(line: string): void {
    let raw: unknown;
    try {
      raw = JSON.parse(line);
    } catch {
      return;
    }
    const parsed = answerSchema.safeParse(raw);
    if (parsed.success && parsed.data.id !== null) this.#waiting.get(parsed.data.id)?.resolve(parsed.data);
  }
}
