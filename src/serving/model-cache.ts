import { loadModel } from '../compute/load-model.ts';
import type { PredictiveModel } from '../ml/predictive-model.ts';
import type { ModelVersion } from '../schemas/model-package.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { MicroBatcher } from './micro-batcher.ts';

/** Models kept ready; beyond, those unused for longest go. */
const MOST_MODELS = 8;

interface Entry {
  readonly ready: Promise<{ model: PredictiveModel; batcher: MicroBatcher }>;
  users: number;
}

/** Loaded models by their package, so that a version is loaded once however it is called. */
export class ModelCache {
  readonly #artifacts: ArtifactStore;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /** Lends a version's model; it stays loaded until `work` is done, whatever is swapped meanwhile. */
  async use<T>(
    version: ModelVersion,
    work: (model: PredictiveModel, batcher: MicroBatcher) => Promise<T>,
  ): Promise<T> {
    const entry = this.#take(version);
    entry.users += 1;
    try {
      const { model, batcher } = await entry.ready;
      return await work(model, batcher);
    } finally {
      entry.users -= 1;
      this.#evict();
    }
  }

  async close(): Promise<void> {
    for (const { ready } of this.#entries.values()) (await ready).model.dispose();
    this.#entries.clear();
  }

  #take(version: ModelVersion): Entry {
    const key = version.package.sha256;
    const entry = this.#entries.get(key) ?? this.#load(version);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  #load(version: ModelVersion): Entry {
    const ready = loadModel(this.#artifacts, version).then((model) => ({
      model,
      batcher: new MicroBatcher(model),
    }));
    // One that could not be loaded is tried again by the next request.
    ready.catch(() => this.#entries.delete(version.package.sha256));
    return { ready, users: 0 };
  }

  #evict(): void {
    for (const [key, { ready, users }] of this.#entries) {
      if (this.#entries.size <= MOST_MODELS) return;
      if (users > 0) continue;
      this.#entries.delete(key);
      void ready.then(({ model }) => model.dispose());
    }
  }
}
