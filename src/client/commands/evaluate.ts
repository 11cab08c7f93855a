import { resolve } from 'node:path';
import { loadModel } from '../../compute/load-model.ts';
import { scoreTable } from '../../compute/score-table.ts';
import { openTable } from '../../ml/data/open-table.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import { findByReference } from '../../stores/find-model.ts';
import { openStores } from '../../stores/index.ts';
import { type Command, ExitCode, onlyPositional, requiredOption } from '../command.ts';
import { formatLike, refuseStrangers } from '../model-data.ts';
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
      refuseStrangers(model, table);
      const evaluation = await scoreTable(model, table);
      model.dispose();
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
