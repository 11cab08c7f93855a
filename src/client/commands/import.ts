import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { importModel } from '../../compute/import-model.ts';
import { parseMapping } from '../../schemas/parse-mapping.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import { openStores } from '../../stores/index.ts';
import { type FileKind, readYamlFile } from '../../yaml-file.ts';
import { type Command, ExitCode, onlyPositional, requiredOption, usageError } from '../command.ts';

const MAPPING: FileKind = {
  field: '--mapping',
  unreadable: 'MappingUnreadable',
  malformed: 'InvalidMapping',
  languages: 'YAML or JSON',
};
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const ALIAS = /^[a-z][a-z0-9-]{0,30}$/;

export const importCommand: Command = {
  usage: `<model.onnx, .keras, .h5, or folder of a SavedModel> --as churn --mapping mapping.yaml --data labelled.csv

  --as <name>         the model that it becomes a version of
  --mapping <file>    how records become its inputs, and its outputs predictions: docs/import.md
  --data <table>      labelled rows, on which it is tried out and scored
  --alias <alias>     moves to the new version: champion, for a model that others have to beat`,
  options: {
    as: { type: 'string' },
    mapping: { type: 'string' },
    data: { type: 'string' },
    alias: { type: 'string' },
  },
  async run(invocation) {
    const { config, output, options } = invocation;
    const path = resolve(onlyPositional(invocation, 'model'));
    const name = matching('--as', requiredOption(invocation, 'as'), NAME);
    const mapping = parseMapping(
      await readYamlFile(resolve(requiredOption(invocation, 'mapping')), MAPPING),
    );
    const data = resolve(requiredOption(invocation, 'data'));
    const alias = options.text('alias');
    await ensureReady(config, (text) => output.line(text));
    const stores = openStores(config);
    try {
      const { version, package: made } = await importModel(
        {
          ...{ path, name, mapping, data },
          alias: alias === undefined ? undefined : matching('--alias', alias, ALIAS),
          requestedBy: `${userInfo().username} (sevenfold import)`,
        },
        stores,
      );
      const { evaluation, imported, weightsHash, runId } = made;
      const { metric, score, interval, rows, warnings } = evaluation;
      const show = (value: number) => value.toPrecision(4);
      output.line(
        `${name}, version ${version.version}: ${imported.source}, run by ${imported.runtime}`,
      );
      output.line(
        `${metric} ${show(score)} (95 % interval ${show(interval.low)} to ${show(interval.high)}) on ${rows} rows of ${data}`,
      );
      for (const warning of warnings) output.line(`⚠ ${warning}`);
      output.result({
        ...{ model: name, version: version.version, aliases: version.aliases },
        ...{ format: imported.format, runtime: imported.runtime, runId, weightsHash },
        ...{ metric, score, interval, rows, warnings },
      });
      return ExitCode.done;
    } finally {
      await stores.close();
    }
  },
};

function matching(option: string, value: string, pattern: RegExp): string {
  if (pattern.test(value)) return value;
  throw usageError(option, value, `a text that matches ${pattern.source}`);
}
