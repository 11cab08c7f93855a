import type { RecordLayout } from '../../schemas/prepared-data.ts';
import type { Problem } from '../../schemas/problem.ts';
import type { Transform } from '../../schemas/transform.ts';
import { placesOfColumns } from '../insights/input-columns.ts';
import type { Batch, TrainingData } from '../training/training-data.ts';
import { predictability } from './predictability.ts';
import { DigestIndex, RowDigests } from './row-digests.ts';
import type { StoredRows } from './stored-rows.ts';

const BATCH_ROWS = 1024;
/** Rows that are looked at, evenly over all. */
const MOST_ROWS = 10_000;
/** Fewer rows say nothing of a leak. */
const FEWEST_ROWS = 60;
/** Where so many test rows differ from each other, they do not equal training rows by chance. */
const MOSTLY_DISTINCT = 0.75;
/** More training rows than this are not held against the test rows once more. */
const MOST_COMPARED = 500_000;
/** Share of test rows that are training rows too. */
const NOTICEABLE = 0.01;

/**
 * Tells, by the rows that models will see, of columns that predict the target almost perfectly by
 * themselves, and of test rows that training rows equal in all inputs.
 * @param known test rows that were found to stand among the training rows, cell by cell
 */
export async function findLeaks(
  { fit, test }: { readonly fit: StoredRows; readonly test: StoredRows },
  {
    problem,
    transform,
    layout,
  }: {
    readonly problem: Problem;
    readonly transform: Transform;
    readonly layout: RecordLayout;
  },
  known: number,
): Promise<string[]> {
  if (layout.image !== undefined) return [];
  return [
    ...columnLeaks(await sampleRows(fit), problem, transform),
    ...(await rowLeaks(fit.encodedAs('codes'), test, known)),
  ];
}

function columnLeaks(
  { rows, features, targets }: Batch,
  problem: Problem,
  transform: Transform,
): string[] {
  if (rows < FEWEST_ROWS) return [];
  const width = features.length / rows;
  const leaks: { column: string; score: number }[] = [];
  const texts = new Set(
    transform.operations.flatMap(({ kind, column }) => (kind === 'text' ? [column] : [])),
  );
  for (const { column, places } of placesOfColumns(transform, 'codes')) {
    if (texts.has(column)) continue;
    const scores = places.map((place) => {
      const values = Float64Array.from(
        { length: rows },
        (_, row) => features[row * width + place] as number,
      );
      return predictability(values, targets, problem.classes.length);
    });
    const score = Math.max(...scores.map((each) => each ?? 0));
    if (score > 0) leaks.push({ column, score });
  }
  const measure = problem.task === 'regression' ? 'R²' : 'accuracy';
  return leaks.map(
    ({ column, score }) =>
      `column '${column}' ALONE PREDICTS '${problem.target}' almost perfectly (${measure} ${score.toFixed(3)}): is it known when predictions are made? columns.drop leaves it out`,
  );
}

async function rowLeaks(
  training: TrainingData,
  test: StoredRows,
  known: number,
): Promise<string[]> {
  if (training.rows > MOST_COMPARED) return [];
  const sample = await sampleRows(test);
  const digests = new RowDigests();
  digests.pushNumbers(sample.features, sample.targets, sample.rows);
  const wanted = new DigestIndex(digests);
  /** Of each row, the first that equals it. */
  const firsts = Array.from({ length: sample.rows }, (_, row) => wanted.add(row) ?? row);
  const distinct = new Set(firsts).size;
  if (sample.rows < FEWEST_ROWS || distinct < MOSTLY_DISTINCT * sample.rows) return [];
  const seen = new Set<number>();
  for await (const batch of training.batches(BATCH_ROWS)) {
    const start = digests.length;
    digests.pushNumbers(batch.features, batch.targets, batch.rows);
    for (let row = start; row < digests.length; row++) {
      const found = wanted.find(row);
      if (found !== undefined) seen.add(found);
    }
  }
  const repeated = firsts.filter((first) => seen.has(first)).length;
  if (repeated <= known || repeated < NOTICEABLE * sample.rows) return [];
  return [
    `${repeated} of ${sample.rows} TEST ROWS EQUAL A TRAINING ROW in every input and the target, and flatter the model: remove copies, or split by 'group'`,
  ];
}

const sampleRows = (data: StoredRows): Promise<Batch> =>
  data.sample(Math.max(1, Math.ceil(data.rows / MOST_ROWS)), 'codes');
