import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { InputError } from '../errors.ts';
import { machineFingerprint } from '../machine-fingerprint.ts';
import type { StepContext } from '../pipelines/define-step.ts';
import { loadStep } from '../pipelines/load-module.ts';
import { firstProblem } from '../schemas/first-problem.ts';
import { CheckpointLog } from '../stores/checkpoint-log.ts';
import { type OpenStores, openStores } from '../stores/index.ts';
import { temporaryName } from '../stores/temporary-files.ts';
import type { TaskProgress } from './compute-task.ts';

interface Options {
  readonly lineage: string;
  readonly signal: AbortSignal;
  onProgress(progress: TaskProgress): void;
}

/**
 * Does a TypeScript step. Its folder, the stores and its log are there from when it first asks for
 * them: most small steps never do, and would wait for the disk longer than they take.
 */
export async function runModuleStep(
  config: Config,
  { uses, inputs }: { readonly uses: string; readonly inputs: Readonly<Record<string, unknown>> },
  { lineage, signal, onProgress }: Options,
): Promise<Record<string, unknown>> {
  const step = await loadStep(uses);
  const input = step.input.safeParse(inputs);
  if (!input.success) throw new InputError(problemOf(input.error, step.input, inputs, 'with'));
  let opened: OpenStores | undefined;
  const stores = () => (opened ??= openStores(config));
  let made: string | undefined;
  const folder = () => (made ??= makeFolder(config));
  let claimed: Promise<CheckpointLog> | undefined;
  const log = () =>
    (claimed ??= machineFingerprint().then((fingerprint) =>
      CheckpointLog.claim(stores().objects, lineage, fingerprint),
    ));
  const context: StepContext = {
    signal,
    get folder() {
      return folder();
    },
    progress: (message, share) => onProgress({ kind: 'note', message, share }),
    async put(path, mediaType = 'application/octet-stream') {
      // The store takes the file away.
      const copy = join(folder(), randomUUID());
      await copyFile(path, copy);
      return stores().artifacts.putFile(copy, mediaType);
    },
    path: (artifact) => stores().artifacts.localPath(artifact),
    save: async (state) => (await log()).save(state),
    load: async () => (await (await log()).latest())?.state ?? null,
  };
  try {
    const given = await step.run(input.data, context);
    const output = step.output.safeParse(given);
    if (output.success) return output.data;
    throw new InputError(problemOf(output.error, step.output, given, 'output'));
  } finally {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    await opened?.close();
  }
}

function makeFolder({ home }: Config): string {
  const folder = temporaryName(home);
  mkdirSync(folder, { recursive: true });
  return folder;
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
