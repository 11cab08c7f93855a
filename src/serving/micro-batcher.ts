import type { Prediction, PredictiveModel } from '../ml/predictive-model.ts';

type RawRecord = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly records: readonly RawRecord[];
  readonly resolve: (predictions: Prediction[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Predicts for all requests that came in the same turn of the event loop at once. A record's
 * prediction does not depend on those beside it, so nobody can tell.
 */
export class MicroBatcher {
  readonly #model: PredictiveModel;
  #waiting: Waiting[] = [];

  constructor(model: PredictiveModel) {
    this.#model = model;
  }

  predict(records: readonly RawRecord[]): Promise<Prediction[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const predictions = await this.#model.predict(waiting.flatMap(({ records }) => records));
      let start = 0;
      for (const { records, resolve } of waiting) {
        resolve(predictions.slice(start, start + records.length));
        start += records.length;
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
