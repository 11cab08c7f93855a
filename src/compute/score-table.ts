import { columnNotFound } from '../ml/data/check-columns.ts';
import { folderOf } from '../ml/data/images/image-folder.ts';
import { targetReader } from '../ml/data/read-target.ts';
import { type Table, toRecord } from '../ml/data/table.ts';
import { evaluatePredictions } from '../ml/metrics/evaluate.ts';
import type { PredictiveModel } from '../ml/predictive-model.ts';
import type { AnyPackage } from '../schemas/any-package.ts';
import type { Evaluation } from '../schemas/evaluation.ts';

/** What is needed of a model to score it. */
type Scorable = Pick<PredictiveModel, 'read' | 'outputs'> & {
  readonly package: Pick<AnyPackage, 'problem' | 'seed'> & {
    readonly job: Pick<AnyPackage['job'], 'columns'>;
  };
};

/** Scores of a model on all rows of a table whose target it knows. */
export async function scoreTable(model: Scorable, table: Table): Promise<Evaluation> {
  const { problem, seed } = model.package;
  if (!table.columns.includes(problem.target)) {
    throw columnNotFound('data', problem.target, table.columns);
  }
  const { truth, outputs, unusable } = await predictLabelled(model, table);
  const evaluation = evaluatePredictions({
    ...{ problem, part: 'test', truth, outputs, seed },
    baselines: [],
  });
  if (unusable === 0) return evaluation;
  const warning = `${unusable} rows have no target that the model knows: left out`;
  return { ...evaluation, warnings: [...evaluation.warnings, warning] };
}

/** Targets and outputs of all rows whose target the model knows. */
async function predictLabelled(model: Scorable, table: Table) {
  const { problem, job } = model.package;
  const read = targetReader(problem, new Set(job.columns.missing));
  const target = table.columns.indexOf(problem.target);
  const truth: number[] = [];
  const outputs: number[] = [];
  let unusable = 0;
  for await (const { rows } of table.batches()) {
    const wanted = rows.flatMap((cells) => {
      const value = read(cells[target]);
      return value === null ? [] : [{ cells, value }];
    });
    unusable += rows.length - wanted.length;
    if (wanted.length === 0) continue;
    truth.push(...wanted.map(({ value }) => value));
    const raw = wanted.map(({ cells }) => toRecord(table.columns, cells));
    const records = await model.read(raw, { folder: folderOf(table), isConfined: false });
    for (const value of await model.outputs(records)) outputs.push(value);
  }
  return { truth: Float64Array.from(truth), outputs: Float64Array.from(outputs), unusable };
}
