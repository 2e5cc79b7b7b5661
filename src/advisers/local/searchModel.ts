/**
 * The search model's process (`python -m tuning_trainer advise`): started when first asked, started again after it died.
 */
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { execa } from 'execa';
import { z } from 'zod';
import { said } from '../../domain/said.ts';
import type { Study, StudyRequest } from '../../domain/study.ts';
import { pythonEnvironment, pythonExecutable } from '../../processes/python.ts';
import { PROJECT_ROOT } from '../../projectRoot.ts';
import { studySchema } from './studySchema.ts';

const VERSION = 2;
const ANSWER_WITHIN_MS = 60_000;

const answerSchema = z.object({
  id: z.string().nullable(),
  study: z.unknown().optional(),
  error: z.string().optional(),
});
type Answer = z.infer<typeof answerSchema>;

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

export class SearchModel {
  #stdin: Writable | null = null;
  readonly #waiting = new Map<string, Waiting>();
  #asked = 0;

  /** @throws Error when the search model fails or dies, or answers in another shape. */
  async study(request: StudyRequest): Promise<Study> {
    const answer = await this.#ask({ ask: 'study', study: request });
    if (answer.error !== undefined) throw new Error(said`the search model failed: ${answer.error}`);
    const parsed = studySchema.safeParse(answer.study);
    if (parsed.success) return parsed.data;
    throw new Error(said`the search model's answer has another shape: ${z.prettifyError(parsed.error).slice(0, 500)}`);
  }

  /** Ends the process; it leaves when its stdin ends. */
  dispose(): void {
    this.#stdin?.end();
    this.#stdin = null;
  }

  #ask(question: object): Promise<Answer> {
    const stdin = this.#stdin ?? this.#start();
    this.#asked += 1;
    const id = String(this.#asked);
    return new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(said`the search model did not answer within ${ANSWER_WITHIN_MS / 1000} s`));
      }, ANSWER_WITHIN_MS);
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        resolve: (given) => (done(), resolve(given)),
        reject: (error) => (done(), reject(error)),
      });
      stdin.write(`${JSON.stringify({ v: VERSION, id, ...question })}\n`);
    });
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
        waiting.reject(new Error(said`the search model's process ended${last ? `: ${last}` : ''}`));
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
