import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalHash, canonicalJson } from '../canonical-json.ts';
import { failPoint } from '../fail-points.ts';
import { type Checkpoint, type LogEntry, SealedEntry } from '../schemas/checkpoint.ts';
import type { NumericFingerprint } from '../schemas/training.ts';
import type { ObjectStore } from './object-store.ts';

/** Checkpoints kept, so that a torn one costs one interval more. */
const KEPT = 2;

/** Another attempt has claimed the work: whatever this one does can't be published any more. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** A checkpoint that was read back whole. */
export interface FoundCheckpoint {
  readonly state: Uint8Array;
  readonly fingerprint: NumericFingerprint;
}

/**
 * The log of one piece of work: claims, checkpoints, and in the end what it came to, numbered from
 * 1 and appended by exclusive creation. An attempt claims the log by the next entry, and publishes
 * each checkpoint as the entry after the last one that it knows of. Once another attempt has
 * claimed the log, that place is taken: the write itself is the check, so that no pause before it,
 * however long, lets a stale attempt publish anything.
 */
export class CheckpointLog {
  readonly #store: ObjectStore;
  readonly #folder: string;
  readonly #fingerprint: NumericFingerprint;
  /** Readable entries by index. */
  readonly #entries: Map<number, LogEntry>;
  #last: number;
  #token = 0;
  /** A checkpoint of this attempt was given up, and its blob may be there. */
  #hasGivenUp = false;

  private constructor(
    store: ObjectStore,
    folder: string,
    fingerprint: NumericFingerprint,
    { entries, last }: Awaited<ReturnType<typeof readEntries>>,
  ) {
    this.#store = store;
    this.#folder = folder;
    this.#fingerprint = fingerprint;
    this.#entries = entries;
    this.#last = last;
  }

  /** Claims a log, from whoever had it before. */
  static async claim(
    store: ObjectStore,
    name: string,
    fingerprint: NumericFingerprint,
  ): Promise<CheckpointLog> {
    const folder = `checkpoints/${name}`;
    for (;;) {
      const log = new CheckpointLog(store, folder, fingerprint, await readEntries(store, folder));
      if (await log.#claim()) return log;
      // Another attempt was quicker, and is fenced by the next try.
      await nextTurn();
    }
  }

  /** What an earlier attempt came to; undefined when the work is not done. */
  get completion(): { readonly outcome: unknown } | undefined {
    return [...this.#entries.values()].find((entry) => entry.kind === 'completion');
  }

  /** Arithmetic other than this attempt's, that earlier attempts may have worked with. */
  otherFingerprints(): NumericFingerprint[] {
    const own = canonicalHash(this.#fingerprint);
    const others = new Map<string, NumericFingerprint>();
    for (const entry of this.#entries.values()) {
      if (entry.kind === 'completion') continue;
      others.set(canonicalHash(entry.fingerprint), entry.fingerprint);
    }
    others.delete(own);
    return [...others.values()];
  }

  /** The newest checkpoint that is whole; null when there is none. */
  async latest(): Promise<FoundCheckpoint | null> {
    return newestWhole(this.#store, this.#folder, this.#entries);
  }

  /** Keeps a piece of later states, and gives its name; it stays while a checkpoint names it. */
  async attach(piece: Uint8Array): Promise<string> {
    const blob = sha256(piece);
    await this.#store.write(blobKey(this.#folder, blob), piece);
    return blob;
  }

  /** Null where it is not there, or not whole. */
  async attachment(blob: string): Promise<Uint8Array | null> {
    return readWhole(this.#store, this.#folder, blob);
  }

  /**
   * @param attached names of the pieces that the state refers to
   * @throws Fenced when another attempt has claimed the log.
   */
  async save(state: Uint8Array, attached: readonly string[] = []): Promise<void> {
    try {
      await this.#publish(state, attached);
    } catch (error) {
      this.#hasGivenUp = true;
      throw error;
    }
    await this.#trim(KEPT);
  }

  /**
   * Records what the work came to.
   * @param keep checkpoints to keep, for work that may be extended later
   * @throws Fenced when another attempt has claimed the log.
   */
  async complete(outcome: unknown, keep: number): Promise<void> {
    const at = new Date().toISOString();
    await this.#append({ kind: 'completion', token: this.#token, at, outcome });
    await failPoint('completed');
    await this.tidy(keep);
  }

  /**
   * Takes away what completed work no longer needs. Nothing is published after a completion, so
   * that blobs which no entry names are those of attempts that died, or gave up, between the two.
   */
  async tidy(keep: number): Promise<void> {
    await this.#trim(keep);
    const isOnlyAttempt = this.#token === 1;
    if (!isOnlyAttempt || this.#hasGivenUp) await this.#removeBlobsBut(this.#entries);
  }

  async #claim(): Promise<boolean> {
    const claim: LogEntry = {
      kind: 'claim',
      host: hostname(),
      pid: process.pid,
      at: new Date().toISOString(),
      fingerprint: this.#fingerprint,
    };
    const index = this.#last + 1;
    if (!(await this.#store.create(entryKey(this.#folder, index), seal(claim)))) return false;
    this.#token = index;
    this.#last = index;
    return true;
  }

  async #publish(state: Uint8Array, attached: readonly string[]): Promise<void> {
    const blob = sha256(state);
    await this.#store.write(blobKey(this.#folder, blob), state);
    await failPoint('between-blob-and-manifest');
    await this.#append({
      kind: 'checkpoint',
      token: this.#token,
      at: new Date().toISOString(),
      blob,
      bytes: state.byteLength,
      ...(attached.length > 0 && { attached: [...attached] }),
      fingerprint: this.#fingerprint,
    });
  }

  async #append(entry: LogEntry): Promise<void> {
    const sealed = seal(entry);
    for (;;) {
      const index = this.#last + 1;
      const key = entryKey(this.#folder, index);
      if (await this.#store.create(key, sealed)) return this.#add(index, entry);
      // A creation that was given up, or whose answer was lost, may have come to pass.
      const bytes = await this.#store.read(key);
      const there = unseal(bytes);
      if (bytes === null || there === null || !this.#isOwn(there)) {
        await this.#tidyAsStale();
        throw new Fenced(`Another attempt has claimed ${this.#folder}.`);
      }
      this.#add(index, there);
      if (Buffer.from(sealed).equals(bytes)) return;
    }
  }

  /**
   * A successor that is at work may name the very same blobs, and tidies up when it completes. One
   * that has completed already never looks again: what a stale attempt wrote since then is its own
   * to take away.
   */
  async #tidyAsStale(): Promise<void> {
    const { entries, isWhole } = await readEntries(this.#store, this.#folder);
    const isDone = [...entries.values()].some(({ kind }) => kind === 'completion');
    if (isDone && isWhole) await this.#removeBlobsBut(entries);
  }

  async #removeBlobsBut(entries: ReadonlyMap<number, LogEntry>): Promise<void> {
    const named = new Set(
      checkpointsOf(entries)
        .flatMap(([, entry]) => blobsOf(entry))
        .map((blob) => blobKey(this.#folder, blob)),
    );
    for (const { key } of await this.#store.list(`${this.#folder}/blobs/`)) {
      if (!named.has(key)) await this.#store.remove(key);
    }
  }

  #add(index: number, entry: LogEntry): void {
    this.#last = index;
    this.#entries.set(index, entry);
  }

  #isOwn(entry: LogEntry): boolean {
    return entry.kind !== 'claim' && entry.token === this.#token;
  }

  /** Claims stay for as long as the log does: they are what stale attempts run into. */
  async #trim(keep: number): Promise<void> {
    const all = checkpointsOf(this.#entries);
    const old = all.slice(0, all.length - keep);
    const kept = new Set(all.slice(all.length - keep).flatMap(([, entry]) => blobsOf(entry)));
    for (const [index, entry] of old) {
      await this.#store.remove(entryKey(this.#folder, index));
      for (const blob of blobsOf(entry)) {
        if (!kept.has(blob)) await this.#store.remove(blobKey(this.#folder, blob));
      }
      this.#entries.delete(index);
    }
  }
}

/** The newest whole checkpoint of a log, without claiming it: where an extension goes on from. */
export async function readLatestCheckpoint(
  store: ObjectStore,
  name: string,
): Promise<FoundCheckpoint | null> {
  const folder = `checkpoints/${name}`;
  const { entries } = await readEntries(store, folder);
  return newestWhole(store, folder, entries);
}

/** What the newest attempt at the work of a log calculates by; null where there was none. */
export async function latestFingerprint(
  store: ObjectStore,
  name: string,
): Promise<NumericFingerprint | null> {
  const { entries } = await readEntries(store, `checkpoints/${name}`);
  const begun = [...entries.values()].filter((entry) => entry.kind !== 'completion');
  return begun.at(-1)?.fingerprint ?? null;
}

async function newestWhole(
  store: ObjectStore,
  folder: string,
  entries: ReadonlyMap<number, LogEntry>,
): Promise<FoundCheckpoint | null> {
  for (const [, { blob, fingerprint }] of checkpointsOf(entries).toReversed()) {
    const state = await readWhole(store, folder, blob);
    if (state !== null) return { state, fingerprint };
  }
  return null;
}

async function readWhole(
  store: ObjectStore,
  folder: string,
  blob: string,
): Promise<Uint8Array | null> {
  const bytes = await store.read(blobKey(folder, blob));
  return bytes !== null && sha256(bytes) === blob ? bytes : null;
}

/** Names of all blobs that a checkpoint consists of. */
export const blobsOf = ({ blob, attached = [] }: Checkpoint): string[] => [blob, ...attached];

/** Checkpoints by index, oldest first. */
const checkpointsOf = (entries: ReadonlyMap<number, LogEntry>): [number, Checkpoint][] =>
  [...entries]
    .flatMap(([index, entry]): [number, Checkpoint][] =>
      entry.kind === 'checkpoint' ? [[index, entry]] : [],
    )
    .sort(([a], [b]) => a - b);

const entryKey = (folder: string, index: number): string =>
  `${folder}/log/${String(index).padStart(8, '0')}`;

const blobKey = (folder: string, blob: string): string => `${folder}/blobs/${blob}`;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const seal = (entry: LogEntry): Uint8Array =>
  Buffer.from(canonicalJson({ schemaVersion: 1, checksum: canonicalHash(entry), entry }));

/** Entries that can be read; one that can't still takes its place. */
async function readEntries(store: ObjectStore, folder: string) {
  const listed = await store.list(`${folder}/log/`);
  const entries = new Map<number, LogEntry>();
  let last = 0;
  for (const { key } of listed) {
    const index = Number(key.split('/').at(-1));
    last = Math.max(last, index);
    const entry = unseal(await store.read(key));
    if (entry !== null) entries.set(index, entry);
  }
  return { entries, last, isWhole: entries.size === listed.length };
}

/** An entry as it was stored; null where it is torn, or not what its checksum says. */
export function unseal(bytes: Uint8Array | null): LogEntry | null {
  if (bytes === null) return null;
  try {
    const { checksum, entry } = SealedEntry.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return canonicalHash(entry) === checksum ? entry : null;
  } catch {
    return null;
  }
}
