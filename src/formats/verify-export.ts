import type { ExportVerification, SelfTest } from '../schemas/model-export.ts';
import type { ExportBatch, ModelFormat } from './model-format.ts';
import type { PortableModel } from './portable-model.ts';
import { toTypedColumns } from './typed-columns.ts';

/** A written model does not do what the model does that it was made from. */
export class ExportRefused extends Error {
  override readonly name = 'ExportRefused';
}

/** Loads a written model from its folder, and compares what it says of the self-test's records. */
export async function verifyExport(
  format: ModelFormat,
  folder: string,
  portable: PortableModel,
  selfTest: SelfTest,
): Promise<ExportVerification> {
  const rows = selfTest.records.length;
  const batch: ExportBatch = {
    rows,
    columns: toTypedColumns(portable.transform, selfTest.records),
    features: Float32Array.from(selfTest.features.flat(), (value) => value ?? Number.NaN),
  };
  const runner = await format.open(folder);
  try {
    const outputs = await runner.run(batch);
    return { runtime: runner.runtime, rows, relativeError: compare(format, selfTest, outputs) };
  } finally {
    await runner.dispose();
  }
}

/** The largest difference as a share of the largest output. */
function compare(
  { title }: ModelFormat,
  { outputs, tolerance }: SelfTest,
  got: ArrayLike<number>,
): number {
  const expected = outputs.flat();
  if (got.length !== expected.length) {
    throw new ExportRefused(`${title} gives ${got.length} values in place of ${expected.length}.`);
  }
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const differences = expected.map((value, i) => Math.abs((got[i] as number) - value));
  const worst = differences.reduce((most, each) => (each <= most ? most : each), 0);
  const relativeError = worst === 0 ? 0 : worst / Math.max(largest, Number.MIN_VALUE);
  if (!(relativeError <= tolerance)) {
    const place = differences.indexOf(worst);
    throw new ExportRefused(
      `${title} differs from the model by ${relativeError.toExponential(1)} of the largest output ` +
        `(allowed: ${tolerance}): on record ${Math.floor(place / (outputs[0]?.length ?? 1))} of the ` +
        `self-test it says ${String(got[place])}, the model ${String(expected[place])}.`,
    );
  }
  const width = outputs[0]?.length ?? 1;
  outputs.forEach((row, index) => {
    const said = Array.from({ length: width }, (_, i) => got[index * width + i] as number);
    const [first, second] = [...row].sort((a, b) => b - a) as [number, number?];
    // Of two classes that are equally likely but for rounding, either may come first.
    if (second === undefined || first - second <= tolerance) return;
    if (indexOfLargest(said) !== indexOfLargest(row)) {
      throw new ExportRefused(`${title} finds another class likeliest on record ${index}.`);
    }
  });
  return relativeError;
}

const indexOfLargest = (values: readonly number[]): number => values.indexOf(Math.max(...values));
