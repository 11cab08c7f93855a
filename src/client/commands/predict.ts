import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadModel } from '../../compute/load-model.ts';
import { explainFullDisk } from '../../full-disk.ts';
import { folderOf } from '../../ml/data/images/image-folder.ts';
import { openTable } from '../../ml/data/open-table.ts';
import { type Table, toRecord } from '../../ml/data/table.ts';
import type { PredictiveModel } from '../../ml/predictive-model.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import { findByReference } from '../../stores/find-model.ts';
import { openStores } from '../../stores/index.ts';
import { type Command, ExitCode, onlyPositional, requiredOption } from '../command.ts';
import { csvLine } from '../csv-line.ts';
import { formatLike, refuseStrangers } from '../model-data.ts';

const MOST_WARNINGS = 20;

export const predict: Command = {
  usage: `<model>[@version or alias] --data new.csv --output predictions.csv

  The output has a line for each row, in order: the prediction, and for classes their probabilities.`,
  options: { data: { type: 'string' }, output: { type: 'string' } },
  async run(invocation) {
    const { config, output } = invocation;
    const reference = onlyPositional(invocation, 'model');
    const data = resolve(requiredOption(invocation, 'data'));
    const target = resolve(requiredOption(invocation, 'output'));
    await ensureReady(config, (text) => output.line(text));
    const stores = openStores(config);
    try {
      const version = await findByReference(stores.registry, reference);
      const model = await loadModel(stores.artifacts, version);
      const table = await openTable(data, formatLike(model));
      refuseStrangers(model, table);
      const warnings = new Set<string>();
      const rows = await writeWhole(target, predictTable(model, table, warnings));
      model.dispose();
      for (const warning of [...warnings].slice(0, MOST_WARNINGS)) output.line(`⚠ ${warning}`);
      output.line(`${rows} rows by ${version.model}, version ${version.version} → ${target}`);
      output.result({
        model: version.model,
        version: version.version,
        rows,
        output: target,
        warnings: [...warnings],
      });
      return ExitCode.done;
    } finally {
      await stores.close();
    }
  },
};

/** The lines of the output: a header, then one for each row. */
async function* predictTable(
  model: PredictiveModel,
  table: Table,
  warnings: Set<string>,
): AsyncGenerator<{ lines: string; rows: number }> {
  const { classes } = model.package.problem;
  const names = ['prediction', ...classes.map((name) => `probability_${name}`)];
  yield { lines: csvLine(names), rows: 0 };
  // The target may stand there; it is not looked at.
  const ignored = `column '${model.package.problem.target}' is unknown: ignored`;
  for await (const { rows } of table.batches()) {
    const raw = rows.map((cells) => toRecord(table.columns, cells));
    const records = await model.read(raw, { folder: folderOf(table), isConfined: false });
    for (const oddity of model.describeOddities(records)) {
      if (oddity !== ignored) warnings.add(oddity);
    }
    for (const { column, value, expected } of model.findFaults(records)) {
      warnings.add(`column '${column}': '${String(value)}' is not ${expected}: taken as missing`);
    }
    const lines = (await model.predict(records)).map(({ prediction, probabilities }) =>
      csvLine([prediction, ...classes.map((name) => probabilities?.[name] ?? 0)]),
    );
    yield { lines: lines.join(''), rows: rows.length };
  }
}

/** Writes a stream of lines under a temporary name, and renames it when it is whole. */
async function writeWhole(
  path: string,
  chunks: AsyncIterable<{ lines: string; rows: number }>,
): Promise<number> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  let total = 0;
  try {
    const file = await open(temporary, 'w');
    try {
      for await (const { lines, rows } of chunks) {
        await file.write(lines);
        total += rows;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return total;
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainFullDisk(error, path);
  }
}
