import { InputError } from '../errors.ts';
import { assignRows } from '../ml/data/assign-rows.ts';
import { scanImages } from '../ml/data/images/scan-images.ts';
import { RowScan } from '../ml/data/scan-rows.ts';
import { openSource, readSource } from '../ml/data/source-rows.ts';
import { Part } from '../ml/data/split.ts';
import { toRecord } from '../ml/data/table.ts';
import { commonProblem, toCommonClasses } from '../ml/metrics/common-problem.ts';
import { pairedGain } from '../ml/metrics/paired-bootstrap.ts';
import { Model } from '../ml/model.ts';
import type { PredictiveModel } from '../ml/predictive-model.ts';
import type { AnyPackage } from '../schemas/any-package.ts';
import type { Job } from '../schemas/job.ts';
import type { Task, TaskContext } from './compute-task.ts';
import { countSeen } from './count-seen.ts';
import { loadModel } from './load-model.ts';

const CHUNK_ROWS = 65_536;

/**
 * Scores champion and challenger on the challenger's own test rows, read raw, each through its own
 * transform. The challenger is better where the whole interval of its gain lies above the margin.
 */
export const compareModels: Task<'compare'> = async (
  { job, dataHash, champion, challenger, promotion },
  context,
) => {
  const { artifacts } = context.stores;
  const before = await loadModel(artifacts, champion);
  const after = await loadModel(artifacts, challenger);
  try {
    refuseOtherData(job, dataHash, after.package);
    const problem = commonProblem(before.package.problem, after.package.problem);
    const held = await readHeldOut(job, [before, after], context);
    const [championOutputs, challengerOutputs] = held.outputs as [Float64Array, Float64Array];
    const found = pairedGain(
      {
        problem,
        truth: held.truth,
        champion: toCommonClasses(championOutputs, before.package.problem, problem),
        challenger: toCommonClasses(challengerOutputs, after.package.problem, problem),
      },
      { seed: job.seed, confidence: promotion.confidence },
    );
    if (found === null) throw undefinedMetric(problem.metric, held.truth.length);
    const { metric, direction } = problem;
    return {
      ...{ metric, direction, rows: held.truth.length },
      champion: { version: champion.version, score: found.champion },
      challenger: { version: challenger.version, score: found.challenger },
      ...{ gain: found.gain, interval: found.interval },
      ...{ confidence: promotion.confidence, margin: promotion.margin },
      isBetter: found.interval.low > promotion.margin,
      warnings: await warningsOf(context, champion, before, held),
    };
  } finally {
    before.dispose();
    after.dispose();
  }
};

/** Rows that a challenger was not trained on, and what models say of them. */
export interface HeldOut {
  /** [rows]: values, or indices of the challenger's classes. */
  readonly truth: Float64Array;
  /** Of each model: [rows] values, or [rows, its classes] probabilities. */
  readonly outputs: readonly Float64Array[];
  /** Key of each row in the first model's encoding; none where it was imported. */
  readonly keys: readonly string[];
}

/** What may flatter the champion. */
async function warningsOf(
  context: TaskContext,
  champion: Parameters<typeof countSeen>[1],
  model: PredictiveModel,
  held: HeldOut,
): Promise<string[]> {
  if (!(model instanceof Model)) {
    return ['the champion was imported: whether it was trained on held-out rows is not known'];
  }
  const seen = await countSeen(context, champion, model, held);
  return seen === 0
    ? []
    : [`the champion was trained on ${seen} of the held-out rows, or on rows of equal inputs`];
}

/** Reads the test rows again, by the split that the challenger's run has made. */
async function readHeldOut(
  job: Job,
  models: readonly PredictiveModel[],
  { signal, onProgress }: TaskContext,
): Promise<HeldOut> {
  const source = await openSource(job);
  const scan = new RowScan(job);
  for await (const batch of readSource(source, { signal, chunkRows: CHUNK_ROWS })) {
    const column = source.imageColumn;
    if (column === null) scan.take(batch);
    else scan.take(batch, { column, found: await scanImages(batch, column) });
    onProgress({ kind: 'rows', pass: 'scan', rows: scan.rows });
  }
  const { parts, targets } = assignRows(job, scan.scanned());
  const truth: number[] = [];
  const outputs: number[][] = models.map(() => []);
  const keys: string[] = [];
  for await (const { columns, folder, rows, start } of readSource(source, {
    signal,
    chunkRows: CHUNK_ROWS,
  })) {
    const wanted = rows.flatMap((cells, i) =>
      parts[start + i] === Part.test ? [{ cells, target: targets[start + i] as number }] : [],
    );
    onProgress({ kind: 'rows', pass: 'compare', rows: start + rows.length });
    if (wanted.length === 0) continue;
    const raw = wanted.map(({ cells }) => toRecord(columns, cells));
    for (const { target } of wanted) truth.push(target);
    for (const [index, model] of models.entries()) {
      const records = await model.read(raw, { folder, isConfined: false });
      for (const value of await model.outputs(records)) outputs[index]?.push(value);
      if (index === 0 && model instanceof Model) keys.push(...model.keysOf(records));
    }
  }
  return {
    truth: Float64Array.from(truth),
    outputs: outputs.map((values) => Float64Array.from(values)),
    keys,
  };
}

/** Files that change while they are trained on would be compared by rows that nobody was trained on. */
function refuseOtherData(job: Job, found: string, { dataHash }: AnyPackage): void {
  if (dataHash === found) return;
  throw new InputError({
    code: 'DataChanged',
    field: 'data',
    value: job.data,
    expected: 'a file that stays as it is while it is trained on',
    remedy:
      'Write new data under a new name, or under a temporary one that is renamed when it is whole.',
  });
}

const undefinedMetric = (metric: string, rows: number): InputError =>
  new InputError({
    code: 'MetricUndefined',
    field: 'job.metric',
    value: metric,
    expected: `a metric that is defined on the ${rows} held-out rows`,
    remedy: "Choose another metric, a 'stratified' split, or a larger test part.",
  });
