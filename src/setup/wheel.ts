/** A Python wheel that carries a native library. */
export interface Wheel {
  /** Name on PyPI. */
  readonly project: string;
  readonly version: string;
  /** pip's platform tag. */
  readonly platform: string;
  readonly sha256: string;
  readonly megabytes: number;
}
