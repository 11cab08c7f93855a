/** A tensor of a foreign model, as its file declares it. */
export interface TensorSignature {
  readonly name: string;
  readonly dtype: TensorType;
  /** [rows, …], null where a size is open; null where even the number of dimensions is. */
  readonly shape: readonly (number | null)[] | null;
}

/** Types that tensors are given in; `other` can't be. */
export type TensorType =
  | 'float32'
  | 'float64'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'bool'
  | 'string'
  | 'other';

/** What one tensor is given. */
export interface Feed {
  readonly tensor: string;
  /** Of each row; all sizes after the first multiplied. */
  readonly width: number;
  /** [rows, width], row-major */
  readonly values: Float64Array | readonly string[];
}

/** A foreign model that was loaded from its files. */
export interface ForeignRuntime {
  /** What runs it, with its version. */
  readonly runtime: string;
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
  /** All values of one output, row-major. */
  run(feeds: readonly Feed[], rows: number, output: string): Promise<ArrayLike<number>>;
  dispose(): Promise<void>;
}

/** The files of a model, by their paths in its folder, wherever they lie. */
export interface ModelFiles {
  readonly paths: readonly string[];
  read(path: string): Promise<Uint8Array>;
  /** Where one lies on this machine, perhaps under another name. */
  localPath(path: string): Promise<string>;
}

/** The shape that a feed is given in: what the file leaves open is filled in. */
export function feedShape(
  { shape }: Pick<TensorSignature, 'shape'>,
  width: number,
  rows: number,
): number[] | null {
  if (shape === null) return [rows, width];
  const [, ...sizes] = shape;
  if (shape.length === 0) return null;
  const known = sizes.reduce<number>((product, size) => product * (size ?? 1), 1);
  const open = sizes.filter((size) => size === null).length;
  if (open === 0) return known === width ? [rows, ...(sizes as number[])] : null;
  // Several open sizes leave open where to cut.
  if (open > 1 || width % known !== 0) return null;
  return [rows, ...sizes.map((size) => size ?? width / known)];
}

/** Rows that the file wants at once; null where any number will do. */
export const fixedRows = ({ inputs }: Pick<ForeignRuntime, 'inputs'>): number | null =>
  inputs.map(({ shape }) => shape?.[0] ?? null).find((rows) => rows !== null) ?? null;
