/** A Python process that answers lines of JSON, one for each, in any order; `id` tells which. */
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { pythonEnvironment, pythonExecutable } from '../../../src/processes/python.ts';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';

type Answer = Record<string, unknown>;

/** Started when first asked. */
export class LineProcess {
  readonly #script: string;
  #child: ReturnType<typeof startPython> | null = null;
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  #asked = 0;

  constructor(script: string) {
    this.#script = script;
  }

  #start(): ReturnType<typeof startPython> {
    const child = startPython(this.#script);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { id, error, ...answer } = JSON.parse(line) as Answer;
      const waiting = this.#waiting.get(id as number);
      this.#waiting.delete(id as number);
      if (typeof error === 'string') waiting?.reject(new Error(`${this.#script}: ${error}`));
      else waiting?.resolve(answer);
    });
    void child.then(({ exitCode }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${this.#script} ended with ${exitCode}`));
    });
    return child;
  }

  ask(question: object): Promise<Answer> {
    this.#child ??= this.#start();
    const { stdin } = this.#child;
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      stdin.write(`${JSON.stringify({ id, ...question })}\n`);
    });
  }

  async end(): Promise<void> {
    this.#child?.stdin.end();
    await this.#child;
  }
}

const startPython = (script: string) =>
  execa(pythonExecutable(), [script], {
    cwd: PROJECT_ROOT,
    env: pythonEnvironment(),
    extendEnv: false,
    reject: false,
    buffer: false,
    stdin: 'pipe',
    stderr: 'inherit',
  });
