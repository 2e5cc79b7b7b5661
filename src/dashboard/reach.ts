/** The Temporal server as the dashboard reaches it now: connected once, looked for again when it was away. */
import { said } from '../domain/said.ts';
import type { Sources } from '../runs/knownRuns.ts';
import type { Server } from '../runs/server.ts';
import { UserError } from '../runs/userError.ts';

/** A server that was asked so lately is taken to be as it was then. */
const ASKED_LATELY_MS = 1000;
/** A server that does not answer within this time counts as away. */
const ANSWERS_WITHIN_MS = 2000;
/** A question to a run, which a worker has to answer. */
export const TELLS_WITHIN_MS = 5000;

export const serverAway = ({ address }: Pick<Server, 'address'>): UserError =>
  new UserError(said`the Temporal server at ${address} does not answer`, 1);

export class Reach {
  readonly #connect: () => Promise<Server>;
  readonly #outputRoot: string;
  #server: Server | null = null;
  #asked = 0;
  #asking: Promise<Sources> | null = null;
  #last: Sources | null = null;

  /**
   * @param connect - Throws UserError when the server does not answer.
   * @param outputRoot - Where runs are looked for on the disk.
   */
  constructor(connect: () => Promise<Server>, outputRoot: string) {
    this.#connect = connect;
    this.#outputRoot = outputRoot;
  }

  /** What there is to read from; without a server it is the disk alone, and `problem` says why. Never rejects. */
  async sources(): Promise<Sources> {
    if (this.#last && Date.now() - this.#asked < ASKED_LATELY_MS) return this.#last;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** Something that was asked of the server failed: whether it is there is asked again. */
  doubt(): void {
    this.#asked = 0;
  }

  async close(): Promise<void> {
    await this.#server?.client.connection.close();
  }

  async #ask(): Promise<Sources> {
    const outputRoot = this.#outputRoot;
    try {
      this.#server ??= await this.#connect();
      const { client, namespace } = this.#server;
      await client.connection.withDeadline(Date.now() + ANSWERS_WITHIN_MS, () =>
        client.workflowService.describeNamespace({ namespace }),
      );
      this.#last = { server: this.#server, problem: null, outputRoot };
    } catch (error) {
      // A connection that was made comes back by itself.
      const problem = this.#server ? serverAway(this.#server) : new UserError((error as Error).message, 1);
      this.#last = { server: null, problem, outputRoot };
    }
    this.#asked = Date.now();
    return this.#last;
  }
}
