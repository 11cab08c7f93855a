import { InputError } from '../errors.ts';
import type { Table } from '../ml/data/table.ts';
import type { PredictiveModel } from '../ml/predictive-model.ts';
import type { Job } from '../schemas/job.ts';

/** New data is read as the training data was, except that each kind of file may take another's place. */
export function formatLike({ package: { job } }: PredictiveModel): Job['format'] {
  const { kind: _, ...format } = job.format;
  return format;
}

/** Refuses a table that has none of the columns which the model predicts from. */
export function refuseStrangers(
  { package: { inputs, name } }: PredictiveModel,
  table: Table,
): void {
  if (inputs.some((input) => table.columns.includes(input.name))) return;
  throw new InputError({
    code: 'ColumnNotFound',
    field: 'data',
    value: table.path,
    expected: `columns that '${name}' predicts from: ${inputs.map((input) => input.name).join(', ')}`,
    remedy: 'Name a table with these columns, or check the separator.',
  });
}
