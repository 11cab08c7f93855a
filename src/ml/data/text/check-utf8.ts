import { isUtf8 } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';
import { InputError } from '../../../errors.ts';
import { withoutCut } from './find-encoding.ts';

/** Lets UTF-8 through as it is, and refuses all else instead of having it replaced by `�`. */
export class CheckUtf8 extends Transform {
  readonly #path: string;
  readonly #field: string;
  /** The beginning of a character that the last chunk cut in two. */
  #cut = Buffer.alloc(0);

  constructor(path: string, field: string) {
    super();
    this.#path = path;
    this.#field = field;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const bytes = this.#cut.length === 0 ? chunk : Buffer.concat([this.#cut, chunk]);
    const whole = withoutCut(bytes);
    this.#cut = Buffer.from(bytes.subarray(whole.length));
    if (isUtf8(whole)) done(null, whole);
    else done(this.#refused());
  }

  override _flush(done: TransformCallback): void {
    done(this.#cut.length === 0 ? null : this.#refused());
  }

  #refused(): InputError {
    return new InputError({
      code: 'NotUtf8',
      field: this.#field,
      value: this.#path,
      expected: 'UTF-8 throughout, as the text is at its beginning',
      remedy: "Set format.encoding, for example to 'windows-1252', or convert the file to UTF-8.",
    });
  }
}
