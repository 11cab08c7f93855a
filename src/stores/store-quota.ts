import { InputError } from '../errors.ts';
import { findGarbage, removeGarbage } from './collect-garbage.ts';
import type { OpenStores } from './index.ts';

const GIB = 2 ** 30;
/** A store is measured at most so often: to list a bucket takes its time, and costs. */
const MEASURE_EVERY_MS = 60_000;
/** A full one more often, so that room that was made is soon seen. */
const MEASURE_FULL_EVERY_MS = 5_000;
/** Measuring may take this share of the time. */
const LARGEST_SHARE = 0.01;

/** Keeps a store within its quota: what is over it is collected first, and refused when that is not enough. */
export class StoreQuota {
  readonly #stores: Pick<OpenStores, 'objects' | 'artifacts' | 'registry'>;
  readonly #quotaBytes: number;
  #usedBytes = 0;
  #measureAgainAtMs = 0;
  #measuring: Promise<void> | undefined;

  constructor(stores: Pick<OpenStores, 'objects' | 'artifacts' | 'registry'>, quotaGiB: number) {
    this.#stores = stores;
    this.#quotaBytes = quotaGiB * GIB;
  }

  /** @throws InputError `StoreFull` */
  async requireRoom(): Promise<void> {
    if (Date.now() >= this.#measureAgainAtMs) {
      this.#measuring ??= this.#measure().finally(() => (this.#measuring = undefined));
      await this.#measuring;
    }
    if (this.#usedBytes > this.#quotaBytes) throw this.#storeFull();
  }

  async #measure(): Promise<void> {
    const startedAtMs = Date.now();
    this.#usedBytes = await this.#sum();
    if (this.#usedBytes > this.#quotaBytes) {
      const removed = await removeGarbage(this.#stores.objects, await findGarbage(this.#stores));
      this.#usedBytes -= removed.reduce((sum, { bytes }) => sum + bytes, 0);
    }
    const isFull = this.#usedBytes > this.#quotaBytes;
    const pauseMs = isFull ? MEASURE_FULL_EVERY_MS : MEASURE_EVERY_MS;
    const tookMs = Date.now() - startedAtMs;
    this.#measureAgainAtMs = Date.now() + Math.max(pauseMs, tookMs / LARGEST_SHARE);
  }

  async #sum(): Promise<number> {
    let sum = 0;
    for (const folder of ['objects/', 'documents/', 'checkpoints/']) {
      for (const { bytes } of await this.#stores.objects.list(folder)) sum += bytes;
    }
    return sum;
  }

  #storeFull(): InputError {
    const inGiB = (bytes: number) => `${(bytes / GIB).toPrecision(3)} GiB`;
    return new InputError({
      code: 'StoreFull',
      field: 'SEVENFOLD_QUOTA_GIB',
      value: inGiB(this.#usedBytes),
      expected: `a store of at most ${inGiB(this.#quotaBytes)} (what nobody needs is collected already)`,
      remedy:
        "Remove old runs with 'sevenfold gc --runs-older-than 30d', or set SEVENFOLD_QUOTA_GIB higher and start the workers again.",
    });
  }
}
