import { InputError } from '../../errors.ts';
import { cellText, levelName } from '../../ml/data/cell.ts';
import { folderOf } from '../../ml/data/images/image-folder.ts';
import { type Table, toRecord } from '../../ml/data/table.ts';
import type { Described, ImportedModel } from './imported-model.ts';

/** Rows that a model is asked about before all others. */
const ROWS = 64;
/** Rounding of probabilities that add up to 1. */
const ROUNDING = 1e-3;

type RawRecord = Readonly<Record<string, unknown>>;

/**
 * Has an imported model answer a few labelled rows, and refuses one that doesn't fit them; gives what
 * is odd about these rows.
 */
export async function tryOut(model: ImportedModel<Described>, table: Table): Promise<string[]> {
  const raw = await firstRows(table);
  const { problem, job } = model.package;
  const missing = new Set(job.columns.missing);
  refuseOtherClasses(problem.classes, raw, (record) => cellText(record[problem.target], missing));
  const records = await model.read(raw, { folder: folderOf(table), isConfined: false });
  const outputs = await answersOf(model, records);
  if (problem.task !== 'regression') {
    refuseNoProbabilities(model.package, outputs);
  }
  const known = `column '${problem.target}' is unknown: ignored`;
  return [
    ...model.describeOddities(records).filter((oddity) => oddity !== known),
    ...model
      .findFaults(records)
      .map(
        ({ column, value, expected }) =>
          `column '${column}': '${String(value)}' is not ${expected}: taken as missing`,
      ),
  ];
}

async function firstRows(table: Table): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for await (const { rows } of table.batches()) {
    for (const cells of rows) records.push(toRecord(table.columns, cells));
    if (records.length >= ROWS) break;
  }
  return records.slice(0, ROWS);
}

function refuseOtherClasses(
  classes: readonly string[],
  records: readonly RawRecord[],
  labelOf: (record: RawRecord) => string | null,
): void {
  if (classes.length === 0) return;
  const labels = records.map(labelOf).filter((label) => label !== null);
  const stray = labels.find((label) => !classes.includes(levelName(label)));
  if (stray === undefined) return;
  throw new InputError({
    code: 'UnknownClass',
    field: 'classes',
    value: stray,
    expected: `labels of the data among the classes ${classes.join(', ')}`,
    remedy: "List the labels in 'classes' as the data has them, in the order of the outputs.",
  });
}

async function answersOf(
  model: ImportedModel<Described>,
  records: readonly RawRecord[],
): Promise<Float64Array> {
  try {
    return await model.outputs(records);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError(
      {
        code: 'UnfitModel',
        field: 'model',
        value: message.split('\n')[0],
        expected: 'a model that answers the rows of the data',
        remedy: "Check 'inputs': the order of the columns, their number and their encoding.",
      },
      { cause: error },
    );
  }
}

function refuseNoProbabilities({ problem, imported }: Described, outputs: Float64Array): void {
  const width = problem.classes.length;
  for (let start = 0; start < outputs.length; start += width) {
    const row = outputs.subarray(start, start + width);
    const total = row.reduce((sum, value) => sum + value, 0);
    const isFit = row.every((value) => value >= -ROUNDING && value <= 1 + ROUNDING);
    if (isFit && Math.abs(total - 1) <= ROUNDING) continue;
    throw new InputError({
      code: 'UnfitMapping',
      field: 'output.holds',
      value: imported.output.holds,
      expected: `probabilities that add up to 1; the model gives ${[...row.slice(0, 5)].map((value) => Number(value.toPrecision(4))).join(', ')}`,
      remedy: "Set 'output.holds' to 'logits', or choose another output.",
    });
  }
}
