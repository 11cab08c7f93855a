export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAtMs: number;
}

/**
 * Named byte strings: files below a folder, or objects in a bucket. Keys are paths such as
 * `documents/runs/42/manifest.json`. A write is there whole, and lasting, or not at all.
 */
export interface ObjectStore {
  /** Null where there is none. */
  read(key: string): Promise<Uint8Array | null>;
  /** Null where there is none. */
  describe(key: string): Promise<ObjectInfo | null>;
  /** Takes the place of what is there. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** False where there is one already, which stays as it is: of many creators one succeeds. */
  create(key: string, bytes: Uint8Array): Promise<boolean>;
  /** As `write`, from a finished file of this machine, which is moved or copied. */
  takeFile(key: string, path: string): Promise<void>;
  /** A file on this machine that holds the object: the object's own, or a copy of it. */
  localPath(key: string): Promise<string>;
  /** All objects whose keys start with this prefix, in the order of their keys. */
  list(prefix: string): Promise<ObjectInfo[]>;
  /** Does nothing where there is none. */
  remove(key: string): Promise<void>;
}

const KEY = /^[\w@.=-]+(\/[\w@.=-]+)*$/;

/** Refuses keys that could lead out of the store. */
export function checkKey(key: string): string {
  if (KEY.test(key) && !key.split('/').some((part) => /^\.+$/.test(part))) return key;
  throw new TypeError(`'${key}' is no key: write words joined by '/'.`);
}
