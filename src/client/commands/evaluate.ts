import { resolve } from 'node:path';
import { columnNotFound } from '../../ml/data/check-columns.ts';
import { folderOf } from '../../ml/data/images/image-folder.ts';
import { openTable } from '../../ml/data/open-table.ts';
import { targetReader } from '../../ml/data/read-target.ts';
import { type Table, toRecord } from '../../ml/data/table.ts';
import { evaluatePredictions } from '../../ml/metrics/evaluate.ts';
import type { Model } from '../../ml/model.ts';
import { loadModel } from '../../serving/load-model.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import { openStores } from '../../stores/index.ts';
import { type Command, ExitCode, onlyPositional, requiredOption } from '../command.ts';
import { formatLike, refuseStrangers } from '../model-data.ts';
import { findByReference } from '../model-reference.ts';
import { formatTable } from '../output.ts';

export const evaluate: Command = {
  usage: '<model>[@version or alias] --data labelled.csv',
  options: { data: { type: 'string' } },
  async run(invocation) {
    const { config, output } = invocation;
    const reference = onlyPositional(invocation, 'model');
    const data = resolve(requiredOption(invocation, 'data'));
    await ensureReady(config, (text) => output.line(text));
    const stores = openStores(config);
    try {
      const version = await findByReference(stores.registry, reference);
      const model = await loadModel(stores.artifacts, version);
      const table = await openTable(data, formatLike(model));
      const { problem, seed } = model.package;
      refuseStrangers(model, table);
      if (!table.columns.includes(problem.target)) {
        throw columnNotFound('data', problem.target, table.columns);
      }
      const { truth, outputs, unusable } = await predictLabelled(model, table);
      model.dispose();
      const evaluation = evaluatePredictions({
        problem,
        part: 'test',
        truth,
        outputs,
        baselines: [],
        seed,
      });
      if (unusable > 0) {
        evaluation.warnings.push(`${unusable} rows have no target that the model knows: left out`);
      }
      const { metric, score, interval, rows, metrics } = evaluation;
      const show = (value: number) => value.toPrecision(4);
      output.line(`${version.model}, version ${version.version}, on ${rows} rows of ${data}`);
      output.line(
        `${metric} ${show(score)} (95 % interval ${show(interval.low)} to ${show(interval.high)})\n`,
      );
      output.line(formatTable(Object.entries(metrics).map(([name, value]) => [name, show(value)])));
      for (const warning of evaluation.warnings) output.line(`⚠ ${warning}`);
      output.result({ model: version.model, version: version.version, ...evaluation });
      return ExitCode.done;
    } finally {
      await stores.close();
    }
  },
};

/** Targets and outputs of all rows whose target the model knows. */
async function predictLabelled(model: Model, table: Table) {
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
    outputs.push(...model.outputs(records));
  }
  return { truth: Float64Array.from(truth), outputs: Float64Array.from(outputs), unusable };
}
