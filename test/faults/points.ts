/** Arming the named points of inject/, and waiting until a process is there. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Inside the trainer: mid-step … held-out. Inside the workers: reply-received … child-started. */
export type Point =
  | 'mid-step'
  | 'mid-evaluation'
  | 'checkpoint-half'
  | 'checkpoint-sealed'
  | 'model-half'
  | 'result-ready'
  | 'result-written'
  | 'held-out'
  | 'reply-received'
  | 'reply-stored'
  | 'report-writing'
  | 'report-written'
  | 'model-copied'
  | 'model-published'
  | 'child-started';

export class Points {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** @param how - `<step or any> <action>`, see inject/points.py; the default waits there. */
  arm(point: Point, how = 'any pause'): void {
    const file = path.join(this.folder, `${point}.armed`);
    writeFileSync(`${file}.new`, how);
    renameSync(`${file}.new`, file);
  }

  /** Resolves to when a process was seen there, in Unix milliseconds. */
  async reached(point: Point, withinMs = 120_000): Promise<number> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline) {
      if (existsSync(path.join(this.folder, `${point}.reached`))) return Date.now();
      await sleep(10);
    }
    throw new Error(`nothing came to the point ${point} within ${withinMs / 1000} s`);
  }

  /** When the trainer came to a point, in Unix milliseconds, as often as it did. */
  seen(point: Point): number[] {
    const file = path.join(this.folder, `${point}.seen`);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
  }

  /** Lets what waits there go on. */
  release(point: Point): void {
    writeFileSync(path.join(this.folder, `${point}.go`), '');
  }

  clear(): void {
    rmSync(this.folder, { recursive: true });
    mkdirSync(this.folder);
  }
}
