import type { TransformOperation } from '../../../schemas/transform.ts';
import { termsOf } from './terms.ts';

type TextOperation = Extract<TransformOperation, { kind: 'text' }>;

/** Makes numbers of texts: (1 + ln how often) × weight for each term, then all to one length. */
export class TextEncoder {
  readonly operation: TextOperation;
  readonly #places: ReadonlyMap<string, number>;

  constructor(operation: TextOperation) {
    this.operation = operation;
    this.#places = new Map(operation.terms.map((term, place) => [term, place]));
  }

  get width(): number {
    return this.operation.terms.length;
  }

  /** @param into [width], zeros; a missing text leaves them */
  encode(text: string | null, into: Float32Array): void {
    if (text === null) return;
    const { grams, weights, length } = this.operation;
    const counts = new Map<number, number>();
    for (const term of termsOf(text, grams)) {
      const place = this.#places.get(term);
      if (place !== undefined) counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    let squares = 0;
    for (const [place, count] of counts) {
      const value = (1 + Math.log(count)) * (weights[place] as number);
      counts.set(place, value);
      squares += value * value;
    }
    const factor = length / Math.sqrt(squares);
    for (const [place, value] of counts) into[place] = value * factor;
  }
}
