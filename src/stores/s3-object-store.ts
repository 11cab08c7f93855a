import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { GetObjectCommandOutput, S3 } from '@aws-sdk/client-s3';
import type { S3Location } from '../schemas/s3-location.ts';
import { LocalCopies } from './local-copies.ts';
import { checkKey, type ObjectInfo, type ObjectStore } from './object-store.ts';
import { connectS3 } from './s3-client.ts';
import { cannotFence, explainS3Error, isAbsent, isTaken, StoreUnavailable } from './s3-errors.ts';

/** A server that says nothing for so long is asked again. */
const IDLE_MS = 10_000;
const TRIES = 3;
const FIRST_PAUSE_MS = 200;
/** Room for copies on this machine. */
const CACHE_BYTES = 20 * 2 ** 30;

export interface S3StoreOptions {
  readonly location: S3Location;
  /** Folder under which local copies lie. */
  readonly home: string;
  readonly cacheBytes?: number;
  readonly idleMs?: number;
}

/** Objects in a bucket of Amazon S3, or of any server that speaks its protocol. */
export class S3ObjectStore implements ObjectStore {
  readonly #location: S3Location;
  readonly #name: string;
  readonly #copies: LocalCopies;
  readonly #idleMs: number;
  #client: Promise<S3> | undefined;
  #fences = false;

  constructor({ location, home, cacheBytes = CACHE_BYTES, idleMs = IDLE_MS }: S3StoreOptions) {
    this.#location = location;
    this.#name = `s3://${[location.bucket, location.prefix].filter(Boolean).join('/')}`;
    this.#copies = new LocalCopies(home, cacheBytes);
    this.#idleMs = idleMs;
  }

  async read(key: string): Promise<Uint8Array | null> {
    const place = this.#place(key);
    return this.#ask(async (s3) => {
      const found = await nullIfAbsent(s3.getObject(place));
      return found && bodyOf(found).transformToByteArray();
    });
  }

  async describe(key: string): Promise<ObjectInfo | null> {
    const found = await this.#head(key);
    return found && infoOf(key, found.ContentLength, found.LastModified);
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    const place = this.#place(key);
    await this.#ask((s3) => s3.putObject({ ...place, Body: bytes }));
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    const creation = randomUUID();
    const request = {
      ...this.#place(key),
      Body: bytes,
      IfNoneMatch: '*',
      Metadata: { creation },
    };
    const create = () =>
      this.#ask((s3) =>
        s3.putObject(request).then(
          () => true,
          (error: unknown) => {
            if (isTaken(error)) return false;
            throw error;
          },
        ),
      );
    // Where the answer to an earlier try was lost, what is there may be ours.
    if (!(await create())) return (await this.#head(key))?.Metadata?.['creation'] === creation;
    if (!this.#fences && (await create())) throw cannotFence(this.#name);
    this.#fences = true;
    return true;
  }

  async takeFile(key: string, path: string): Promise<void> {
    const place = this.#place(key);
    const { size } = await stat(path);
    await this.#ask(async (s3) => {
      const body = createReadStream(path);
      try {
        await s3.putObject({ ...place, Body: body, ContentLength: size });
      } finally {
        body.destroy();
      }
    });
    await this.#copies.adopt(key, path);
  }

  async localPath(key: string): Promise<string> {
    const place = this.#place(key);
    return this.#copies.get(key, async (path) => {
      const isThere = await this.#ask(async (s3) => {
        const found = await nullIfAbsent(s3.getObject(place));
        if (found !== null) await pipeline(bodyOf(found) as Readable, createWriteStream(path));
        return found !== null;
      });
      if (!isThere) throw notFound(key, this.#name);
    });
  }

  async list(prefix: string): Promise<ObjectInfo[]> {
    const start = this.#location.prefix === '' ? '' : `${this.#location.prefix}/`;
    const found: ObjectInfo[] = [];
    let token: string | undefined;
    do {
      const page = await this.#ask((s3) =>
        s3.listObjectsV2({
          Bucket: this.#location.bucket,
          Prefix: start + prefix,
          ...(token !== undefined && { ContinuationToken: token }),
        }),
      );
      for (const { Key = '', Size, LastModified } of page.Contents ?? []) {
        // Consoles make "folders": empty objects with a slash at the end.
        if (!Key.endsWith('/')) found.push(infoOf(Key.slice(start.length), Size, LastModified));
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return found;
  }

  async remove(key: string): Promise<void> {
    const place = this.#place(key);
    await this.#ask((s3) => s3.deleteObject(place));
  }

  /** Lets local copies and connections go. */
  async close(): Promise<void> {
    await this.#copies.close();
    (await this.#client?.catch(() => undefined))?.destroy();
  }

  #place(key: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.#location;
    return { Bucket: bucket, Key: prefix === '' ? checkKey(key) : `${prefix}/${checkKey(key)}` };
  }

  #head(key: string) {
    const place = this.#place(key);
    return this.#ask((s3) => nullIfAbsent(s3.headObject(place)));
  }

  /** Asks again, after a pause that grows, while that may help. */
  async #ask<T>(request: (s3: S3) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#client ??= connectS3(this.#idleMs);
        return await request(await this.#client);
      } catch (error) {
        const explained = explainS3Error(error, this.#name);
        if (!(explained instanceof StoreUnavailable) || attempt === TRIES) throw explained;
        await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      }
    }
  }
}

/** Whole seconds: some servers tell no more of one object, and milliseconds in lists. */
const infoOf = (key: string, bytes = 0, modifiedAt = new Date(0)): ObjectInfo => ({
  key,
  bytes,
  modifiedAtMs: Math.floor(modifiedAt.getTime() / 1000) * 1000,
});

/** As a folder would say it. */
const notFound = (key: string, store: string): Error =>
  Object.assign(new Error(`There is no ${key} in ${store}.`), { code: 'ENOENT' });

async function nullIfAbsent<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function bodyOf({ Body: body }: GetObjectCommandOutput) {
  if (body === undefined) throw new Error('The answer has no body.');
  return body;
}
