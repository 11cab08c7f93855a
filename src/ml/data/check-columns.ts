import { InputError } from '../../errors.ts';
import { nearestName } from '../../nearest.ts';
import type { Job } from '../../schemas/job.ts';
import { parseNumber } from './cell.ts';

/** Refuses a job that names columns which the table does not have. */
export function checkColumns(job: Job, columns: readonly string[]): void {
  const { drop, types, encodings } = job.columns;
  const named = [
    { field: 'target', column: job.target },
    ...drop.map((column) => ({ field: 'columns.drop', column })),
    ...Object.keys(types).map((column) => ({ field: `columns.types.${column}`, column })),
    ...Object.keys(encodings).map((column) => ({ field: `columns.encodings.${column}`, column })),
    ...('column' in job.split ? [{ field: 'split.column', column: job.split.column }] : []),
  ];
  for (const { field, column } of named) {
    if (!columns.includes(column)) throw columnNotFound(field, column, columns);
  }
}

export function columnNotFound(
  field: string,
  column: string,
  columns: readonly string[],
): InputError {
  const nearest = nearestName(column, columns);
  const isData = columns.length > 1 && columns.every((name) => parseNumber(name) !== null);
  const shown = columns.slice(0, 12).join(', ');
  return new InputError({
    code: 'ColumnNotFound',
    field,
    value: column,
    expected: `one of the columns ${shown}${columns.length > 12 ? `, … (${columns.length})` : ''}`,
    remedy: isData
      ? 'The header holds numbers alone: if it is data, set format.header to false, and name column1, column2, …'
      : nearest === undefined
        ? 'Name one of these.'
        : `Did you mean '${nearest}'?`,
  });
}
