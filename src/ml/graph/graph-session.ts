import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import { type GraphNode, type Output, tensorName } from './graph.ts';
import { makeGraphFolder } from './graph-folder.ts';
import { type NativeBackend, nativeBackend } from './native-backend.ts';
import { encodeSavedModel } from './write-saved-model.ts';

/** A tensor and the placeholder that it is fed to. */
export type Feed = readonly [placeholder: Output, value: Tensor];

/** A graph that is loaded into a TensorFlow session, whose variables live as long as it does. */
export class GraphSession {
  readonly #backend: NativeBackend;
  #id: number | undefined;

  /** Loads the graph; throws where TensorFlow refuses it, or where the backend is not native. */
  constructor(tf: TensorFlow, nodes: readonly GraphNode[]) {
    this.#backend = nativeBackend(tf);
    // The binding takes graphs only as a SavedModel in a folder, which may go when it is loaded.
    const folder = makeGraphFolder();
    try {
      writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel({ nodes, signatures: {} }));
      this.#id = this.#backend.loadSavedModelMetaGraph(folder, 'serve');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Runs what the fetched outputs need, once; the tensors are the caller's to dispose of. */
  run(feeds: readonly Feed[], fetches: readonly Output[]): Tensor[] {
    if (this.#id === undefined) throw new Error('The graph session has been disposed of.');
    return this.#backend.runSavedModel(
      this.#id,
      feeds.map(([, value]) => value),
      feeds.map(([placeholder]) => ({ name: tensorName(placeholder) })),
      fetches.map(tensorName),
    );
  }

  /** Frees the session with its variables; a second call does nothing. */
  dispose(): void {
    if (this.#id !== undefined) this.#backend.deleteSavedModel(this.#id);
    this.#id = undefined;
  }
}
