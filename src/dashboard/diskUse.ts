/** Room that runs take on the disk, counted anew only now and then: it means to look at every file. */
import { diskBytes } from '../training/diskUse.ts';

/** A run that goes on writes checkpoints all the time. */
const AGAIN_AFTER_MS = 60_000;
/** Of one that is over only `remove` and `prune` change something. */
const AGAIN_WHEN_OVER_MS = 600_000;

export class DiskUse {
  readonly #known = new Map<string, { at: number; bytes: number; over: boolean }>();

  /** As it was counted last, unless that is long ago, or before the run was over: an end removes files. */
  async lately(folder: string, over: boolean): Promise<number> {
    const known = this.#known.get(folder);
    const within = over ? AGAIN_WHEN_OVER_MS : AGAIN_AFTER_MS;
    if (known && known.over === over && Date.now() - known.at < within) return known.bytes;
    const bytes = await diskBytes([folder]);
    this.#known.set(folder, { at: Date.now(), bytes, over });
    return bytes;
  }
}
