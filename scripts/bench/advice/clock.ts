/** Simulated time for trainings side by side: each takes its seconds, and the next to end is the next to be told. */

interface Waiting {
  ends: number;
  end: () => void;
}

export class Clock {
  /** Seconds since the run began. */
  now = 0;
  readonly #waiting: Waiting[] = [];
  #scheduled = false;

  /** Resolves once that much time has passed, and everything that ends before has ended. */
  pass(seconds: number): Promise<void> {
    return new Promise((end) => {
      this.#waiting.push({ ends: this.now + seconds, end });
      this.#schedule();
    });
  }

  /** After everything that is to begin now has begun. */
  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#waiting.sort((a, b) => a.ends - b.ends);
      const first = this.#waiting.shift()!;
      this.now = first.ends;
      first.end();
      this.#schedule();
    });
  }
}
