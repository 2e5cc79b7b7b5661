/**
 * What a store is: a place for files that every host reaches. Two kinds, `folderStore.ts` and `s3Store.ts`, behind one
 * interface; `wholeFolders.ts` makes folders of it, and `runStore.ts` knows which files of a run go there.
 */

/** A key has the form of a relative path: parts of file names, with `/` between them. */
export interface StoredFile {
  key: string;
  /** In bytes. */
  size: number;
}

/**
 * A file is there whole or not at all, whoever dies while it is written. All methods throw a `StoreTrouble` when the
 * store cannot be used, and errors of local files as they are.
 */
export interface Store {
  /** As the configuration names it. */
  readonly name: string;
  /** A small file; null when there is none. */
  read(key: string): Promise<Buffer | null>;
  write(key: string, content: string): Promise<void>;
  upload(file: string, key: string, signal?: AbortSignal): Promise<void>;
  /** False when there is no such file; a local file that was begun is left then and after a trouble. */
  download(key: string, file: string, signal?: AbortSignal): Promise<boolean>;
  /** Every file below a folder. */
  list(folder: string): Promise<StoredFile[]>;
  /** Done twice, it does nothing more; the same holds for the next. */
  remove(key: string): Promise<void>;
  removeFolder(folder: string): Promise<void>;
}

/**
 * `away`: nobody answers, or answers with an error of its own, so trying again may help. `refused`: the store answers,
 * and a person has to change something first (address, keys, rights).
 */
export class StoreTrouble extends Error {
  readonly kind: 'away' | 'refused';

  constructor(kind: 'away' | 'refused', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreTrouble';
    this.kind = kind;
  }
}
