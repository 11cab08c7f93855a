import { bytesOf } from '../ml/training/snapshot.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { Problem } from '../schemas/problem.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';

/** Values of one model that are kept: more would tell models no better apart. */
const MOST_VALUES = 2 ** 14;

/** Of how many rows one is kept. */
const strideOf = (rows: number, width: number): number => Math.ceil((rows * width) / MOST_VALUES);

/** What a model says of rows [rows, width], or of every n-th where there are many. */
export const keptOutputs = (outputs: Float64Array, rows: number): Float64Array =>
  everyNth(outputs, rows, strideOf(rows, outputs.length / rows));

/** Keeps outputs that are few enough. */
export function putOutputs(artifacts: ArtifactStore, kept: Float64Array): Promise<ArtifactRef> {
  return artifacts.put(bytesOf(kept), 'application/octet-stream');
}

export async function readOutputs(
  artifacts: ArtifactStore,
  ref: ArtifactRef,
): Promise<Float64Array> {
  // A copy, because a Float64Array begins at a multiple of 8.
  return new Float64Array(Uint8Array.from(await artifacts.read(ref)).buffer);
}

/** The truth of the rows of these folds whose outputs are kept, fold after fold. */
export function keptTruth(
  truths: readonly Float64Array[],
  { classes }: Pick<Problem, 'classes'>,
): Float64Array {
  const width = Math.max(1, classes.length);
  return joinOutputs(
    truths.map((truth) => everyNth(truth, truth.length, strideOf(truth.length, width))),
  );
}

function everyNth(values: Float64Array, rows: number, stride: number): Float64Array {
  if (stride <= 1) return values;
  const width = values.length / rows;
  const kept = new Float64Array(Math.ceil(rows / stride) * width);
  for (let row = 0, to = 0; row < rows; row += stride, to += width) {
    kept.set(values.subarray(row * width, (row + 1) * width), to);
  }
  return kept;
}

export function joinOutputs(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
