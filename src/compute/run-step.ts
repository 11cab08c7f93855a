import { copyFile, mkdir, rm } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { InputError } from '../errors.ts';
import { machineFingerprint } from '../machine-fingerprint.ts';
import type { StepContext } from '../pipelines/define-step.ts';
import { loadStep } from '../pipelines/load-module.ts';
import { firstProblem } from '../schemas/first-problem.ts';
import { CheckpointLog } from '../stores/checkpoint-log.ts';
import { openStores } from '../stores/index.ts';
import { temporaryName } from '../stores/temporary-files.ts';
import type { TaskProgress } from './compute-task.ts';

interface Options {
  readonly lineage: string;
  readonly signal: AbortSignal;
  onProgress(progress: TaskProgress): void;
}

/** Does a TypeScript step. Its log is claimed when it first keeps or asks for a state. */
export async function runModuleStep(
  config: Config,
  { uses, inputs }: { readonly uses: string; readonly inputs: Readonly<Record<string, unknown>> },
  { lineage, signal, onProgress }: Options,
): Promise<Record<string, unknown>> {
  const step = await loadStep(uses);
  const input = step.input.safeParse(inputs);
  if (!input.success) throw new InputError(problemOf(input.error, step.input, inputs, 'with'));
  const stores = openStores(config);
  const folder = temporaryName(config.home);
  let claimed: Promise<CheckpointLog> | undefined;
  const log = () =>
    (claimed ??= machineFingerprint().then((fingerprint) =>
      CheckpointLog.claim(stores.objects, lineage, fingerprint),
    ));
  const context: StepContext = {
    signal,
    folder,
    progress: (message, share) => onProgress({ kind: 'note', message, share }),
    async put(path, mediaType = 'application/octet-stream') {
      // The store takes the file away.
      const copy = temporaryName(config.home);
      await copyFile(path, copy);
      return stores.artifacts.putFile(copy, mediaType);
    },
    path: (artifact) => stores.artifacts.localPath(artifact),
    save: async (state) => (await log()).save(state),
    load: async () => (await (await log()).latest())?.state ?? null,
  };
  try {
    await mkdir(folder, { recursive: true });
    const given = await step.run(input.data, context);
    const output = step.output.safeParse(given);
    if (output.success) return output.data;
    throw new InputError(problemOf(output.error, step.output, given, 'output'));
  } finally {
    await rm(folder, { recursive: true, force: true });
    await stores.close();
  }
}

function problemOf(
  error: Parameters<typeof firstProblem>[0],
  schema: Parameters<typeof firstProblem>[1],
  value: unknown,
  where: string,
) {
  const found = firstProblem(error, schema, value);
  const code = where === 'with' ? 'InvalidInput' : 'WrongOutput';
  const field = found.field === 'job' ? where : `${where}.${found.field}`;
  const remedy = found.remedy.replace(/ to the job\.$/, '.');
  return { ...found, code, field, remedy };
}
