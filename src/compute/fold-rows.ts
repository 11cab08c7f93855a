import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFullDisk } from '../full-disk.ts';
import { recordBytes } from '../ml/data/shard-writer.ts';
import { openRows, type StoredRows } from '../ml/data/stored-rows.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { openParts } from './prepared-rows.ts';

const ROWS_AT_ONCE = 8192;

type Folds = NonNullable<PreparedData['folds']>;

export interface FoldRows {
  /** What a model of this fold is trained on. */
  readonly training: StoredRows;
  readonly validation: StoredRows;
}

/** Writes the rows of one fold, and those that may predict it, as shards of their own. */
export async function writeFold(
  artifacts: ArtifactStore,
  prepared: PreparedData,
  fold: number,
  folder: string,
): Promise<FoldRows> {
  const { folds, parts, layout, targetScale, problem } = prepared;
  if (folds === null) throw new TypeError('The data were prepared without folds.');
  const foldOf = await artifacts.read(folds.fit);
  const size = recordBytes(layout);
  const path = (name: string) => join(folder, `${name}-${fold}.bin`);
  const training = { path: path('training'), rows: 0 };
  const validation = { path: path('validation'), rows: 0 };
  const [toTraining, toValidation] = [
    await open(training.path, 'w'),
    await open(validation.path, 'w'),
  ];
  try {
    let row = 0;
    for (const [part, shards] of [
      ['validation', parts.validation.shards],
      ['fit', parts.fit.shards],
    ] as const) {
      for (const { artifact, rows } of shards) {
        const file = await open(await artifacts.localPath(artifact), 'r');
        try {
          for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
            const count = Math.min(ROWS_AT_ONCE, rows - start);
            const records = Buffer.allocUnsafe(count * size);
            await file.read(records, 0, records.length, start * size);
            const place = (i: number) => (part === 'validation' ? 0 : (foldOf[row + i] as number));
            const pick = (wanted: (fold: number) => boolean) =>
              Array.from({ length: count }, (_, i) => i).filter((i) => wanted(place(i)));
            validation.rows += await append(
              toValidation,
              records,
              size,
              pick((f) => f === fold),
            );
            training.rows += await append(
              toTraining,
              records,
              size,
              pick((f) => mayTeach(folds, fold, f)),
            );
            if (part === 'fit') row += count;
          }
        } finally {
          await file.close();
        }
      }
    }
  } catch (error) {
    throw explainFullDisk(error, folder);
  } finally {
    await toTraining.close();
    await toValidation.close();
  }
  const rowsOf = (shard: { path: string; rows: number }) =>
    openRows({ shards: [shard], layout, targetScale, task: problem.task });
  return { training: await rowsOf(training), validation: await rowsOf(validation) };
}

/** Targets of the rows that each fold is scored on, in the order in which it is. */
export async function truthOfFolds(
  artifacts: ArtifactStore,
  prepared: PreparedData,
): Promise<Float64Array[]> {
  const targetsOf = async (part: 'validation' | 'fit') =>
    (await openParts(artifacts, prepared, [part])).originalTargets();
  const first = await targetsOf('validation');
  const { folds } = prepared;
  if (folds === null) return [first];
  const foldOf = await artifacts.read(folds.fit);
  const fit = await targetsOf('fit');
  const others = Array.from({ length: folds.count - 1 }, (_, index) =>
    fit.filter((_target, row) => foldOf[row] === index + 1),
  );
  return [first, ...others];
}

/** Whether rows of a fold may train what another fold is predicted with. */
const mayTeach = ({ ordered }: Folds, predicted: number, fold: number): boolean =>
  ordered ? fold > predicted : fold !== predicted;

async function append(
  file: FileHandle,
  records: Buffer,
  size: number,
  rows: readonly number[],
): Promise<number> {
  const picked = rows.map((row) => records.subarray(row * size, (row + 1) * size));
  await file.writeFile(Buffer.concat(picked));
  return rows.length;
}
