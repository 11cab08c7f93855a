import { InputError } from '../../errors.ts';
import type { ImagePlace } from '../../ml/data/images/image-bytes.ts';
import type { CellFault } from '../../ml/data/record-faults.ts';
import { unscaleTarget } from '../../ml/data/target-scale.ts';
import { describeOutputs, type Prediction } from '../../ml/predictive-model.ts';
import { softmax } from '../../ml/softmax.ts';
import type { ImportedPackage } from '../../schemas/imported-model.ts';
import { type ForeignRuntime, fixedRows } from './foreign-runtime.ts';
import { RecordEncoder, widthOf } from './record-encoder.ts';

type RawRecord = Readonly<Record<string, unknown>>;

/** What is needed of a package to predict. */
export type Described = Pick<ImportedPackage, 'problem'> & {
  readonly job: Pick<ImportedPackage['job'], 'columns'>;
  readonly imported: Pick<ImportedPackage['imported'], 'inputs' | 'output'>;
};

/** Sums may depend on the number of rows: batches are padded to a multiple of this, as our own are. */
const PADDING = 16;
/** Values that one call holds: 32 MiB as float64. */
const MOST_VALUES = 2 ** 22;
const MOST_ROWS = 4_096;

/** A model that was trained elsewhere, run as it is; with a whole package a `PredictiveModel`. */
export class ImportedModel<Package extends Described = ImportedPackage> {
  readonly package: Package;
  readonly encoder: RecordEncoder;
  readonly #runtime: ForeignRuntime;
  readonly #fixedRows: number | null;
  readonly #chunkRows: number;

  /** @param runtime is disposed of with the model */
  constructor(described: Package, runtime: ForeignRuntime) {
    const { imported, job } = described;
    this.package = described;
    this.encoder = new RecordEncoder(imported.inputs, job.columns.missing);
    this.#runtime = runtime;
    this.#fixedRows = fixedRows(runtime);
    const width = imported.inputs
      .flatMap(({ columns }) => columns)
      .reduce((sum, column) => sum + widthOf(column), 0);
    const rows = Math.min(MOST_ROWS, Math.floor(MOST_VALUES / width));
    this.#chunkRows = this.#fixedRows ?? Math.max(PADDING, rows - (rows % PADDING));
  }

  read(records: readonly RawRecord[], place: ImagePlace): Promise<readonly RawRecord[]> {
    return this.encoder.read(records, place);
  }

  async outputs(records: readonly RawRecord[]): Promise<Float64Array> {
    const width = Math.max(1, this.package.problem.classes.length);
    const outputs = new Float64Array(records.length * width);
    for (let start = 0; start < records.length; start += this.#chunkRows) {
      const some = records.slice(start, start + this.#chunkRows);
      outputs.set(this.#toOutputs(await this.#run(some), some.length, start), start * width);
    }
    return outputs;
  }

  async predict(records: readonly RawRecord[]): Promise<Prediction[]> {
    return describeOutputs(await this.outputs(records), this.package.problem);
  }

  findFaults(records: readonly RawRecord[]): CellFault[] {
    return this.encoder.findFaults(records);
  }

  describeOddities(records: readonly RawRecord[]): string[] {
    return this.encoder.describeOddities(records);
  }

  dispose(): void {
    void this.#runtime.dispose();
  }

  /** What the model gives, [rows, width], without what was padded. */
  async #run(records: readonly RawRecord[]): Promise<ArrayLike<number>> {
    const rows = this.#fixedRows ?? Math.ceil(records.length / PADDING) * PADDING;
    const last = records.at(-1) as RawRecord;
    const padded = [...records, ...Array.from({ length: rows - records.length }, () => last)];
    const { tensor } = this.package.imported.output;
    const values = await this.#runtime.run(this.encoder.encode(padded), rows, tensor);
    return Array.prototype.slice.call(values, 0, (values.length / rows) * records.length);
  }

  #toOutputs(values: ArrayLike<number>, rows: number, start: number): Float64Array {
    const { problem, imported } = this.package;
    const { holds, units } = imported.output;
    const width = values.length / rows;
    const classes = problem.classes.length;
    const isSingle = classes === 2 && width === 1;
    if (!isSingle && width !== Math.max(1, classes)) throw otherWidth(width, classes);
    const nan = Array.prototype.findIndex.call(values, (value: number) => Number.isNaN(value));
    if (nan >= 0) throw noNumber(start + Math.floor(nan / width));
    if (holds === 'values') {
      return Float64Array.from(values, (value) => unscaleTarget(value, units));
    }
    const isLogits = holds === 'logits';
    if (isSingle) {
      return Float64Array.from({ length: 2 * rows }, (_, i) => {
        const value = values[i >> 1] as number;
        const last = isLogits ? 1 / (1 + Math.exp(-value)) : value;
        return i % 2 === 1 ? last : 1 - last;
      });
    }
    const outputs = Float64Array.from(values);
    if (isLogits) {
      for (let row = 0; row < rows; row++)
        softmax(outputs.subarray(row * width, (row + 1) * width));
    }
    return outputs;
  }
}

const otherWidth = (width: number, classes: number): InputError =>
  new InputError({
    code: 'UnfitMapping',
    field: classes === 0 ? 'output.tensor' : 'classes',
    value: classes === 0 ? `${width} outputs` : `${classes} classes`,
    expected:
      classes === 0
        ? 'one output a row for regression'
        : `as many classes as the model has outputs: ${width}`,
    remedy:
      classes === 0
        ? "Set 'task' and 'classes', or choose another output."
        : "List all classes in 'classes', in the order of the outputs.",
  });

const noNumber = (row: number): InputError =>
  new InputError({
    code: 'NoNumber',
    field: `record ${row}`,
    value: 'NaN',
    expected: 'a number from the model; a missing value may have reached it as NaN',
    remedy: "Set 'impute' for the columns whose values may be missing.",
  });
