import { Transform, type TransformCallback } from 'node:stream';

/** Leaves out the first bytes of a stream. */
export class SkipBytes extends Transform {
  #left: number;

  constructor(bytes: number) {
    super();
    this.#left = bytes;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const rest = chunk.subarray(this.#left);
    this.#left = Math.max(0, this.#left - chunk.length);
    done(null, rest.length === 0 ? undefined : rest);
  }
}
