import { canonicalHash } from '../canonical-json.ts';
import { failPoint } from '../fail-points.ts';
import type { Predictor } from '../ml/estimators/estimator.ts';
import { numericFingerprint } from '../ml/fingerprint.ts';
import { predictAll } from '../ml/training/predict-all.ts';
import { bytesOf } from '../ml/training/snapshot.ts';
import { PredictionState } from '../schemas/prediction-state.ts';
import type { PartName, PreparedData } from '../schemas/prepared-data.ts';
import type { TaskContext } from './compute-task.ts';
import { openShards } from './prepared-rows.ts';
import { joinOutputs } from './validation-outputs.ts';

/**
 * Outputs of models for one part of the data. Each shard's are kept, so that an attempt that dies
 * costs its successor one shard. A row's outputs depend on no other row, so that shards may be
 * predicted apart.
 */
export class ShardPredictions {
  readonly #context: TaskContext;
  readonly #outputs: Record<string, string[]>;

  private constructor(context: TaskContext, outputs: Record<string, string[]>) {
    this.#context = context;
    this.#outputs = outputs;
  }

  /** Goes on from what an earlier attempt has left, if the same arithmetic made it. */
  static async open(context: TaskContext): Promise<ShardPredictions> {
    const found = await context.log.latest();
    const isOurs =
      found !== null &&
      canonicalHash(found.fingerprint) === canonicalHash(await numericFingerprint());
    return new ShardPredictions(context, isOurs ? readState(found.state) : {});
  }

  /**
   * @param model what the model is called in this piece of work
   * @param load called when a shard has to be predicted
   * @returns values in original units [rows], or probabilities [rows, classes]
   */
  async predict(
    model: string,
    load: () => Promise<Predictor>,
    prepared: PreparedData,
    part: PartName,
  ): Promise<Float64Array> {
    const { stores, signal, log } = this.#context;
    const { problem, targetScale } = prepared;
    const shards = await openShards(stores.artifacts, prepared, part);
    const kept = (this.#outputs[model] ??= []);
    const all: Float64Array[] = [];
    let predictor: Predictor | undefined;
    try {
      for (const [index, rows] of shards.entries()) {
        signal.throwIfAborted();
        let outputs = await this.#read(kept[index]);
        if (outputs === null) {
          predictor ??= await load();
          outputs = await predictAll(predictor, rows, targetScale, problem.task);
          // One shard is done again as quickly as its outputs are read.
          if (shards.length > 1) {
            kept[index] = await log.attach(bytesOf(outputs));
            await this.#save();
            await failPoint('predicted-shard');
          }
        }
        all.push(outputs);
      }
    } finally {
      predictor?.dispose();
    }
    return joinOutputs(all);
  }

  /** Null where there is none, or it is not whole. */
  async #read(blob: string | undefined): Promise<Float64Array | null> {
    if (blob === undefined) return null;
    const bytes = await this.#context.log.attachment(blob);
    // A copy, because a Float64Array begins at a multiple of 8.
    return bytes && new Float64Array(Uint8Array.from(bytes).buffer);
  }

  async #save(): Promise<void> {
    const state: PredictionState = { schemaVersion: 1, outputs: this.#outputs };
    const blobs = Object.values(this.#outputs).flat();
    await this.#context.log.save(Buffer.from(JSON.stringify(state)), blobs);
  }
}

/** Another version of the program may have written it: then there is nothing to go on from. */
function readState(bytes: Uint8Array): Record<string, string[]> {
  const { data } = PredictionState.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  return data?.outputs ?? {};
}
