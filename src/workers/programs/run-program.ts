import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProgramOrder } from '../../activities/step.ts';
import type { Config } from '../../config.ts';
import { InputError } from '../../errors.ts';
import { machineFingerprint } from '../../machine-fingerprint.ts';
import type { ArtifactRef } from '../../schemas/artifact.ts';
import type { StepDone } from '../../schemas/pipeline-run.ts';
import type { ArtifactStore } from '../../stores/artifact-store.ts';
import { CheckpointLog } from '../../stores/checkpoint-log.ts';
import type { OpenStores } from '../../stores/index.ts';
import { putJson } from '../../stores/json-artifact.ts';
import { refsIn } from '../../stores/references.ts';
import { sweepTemporaryFiles, temporaryName } from '../../stores/temporary-files.ts';
import { GuardedProcess } from './guarded-process.ts';
import { ProgramCheckpoints } from './program-checkpoints.ts';
import { programEnvironment } from './program-environment.ts';
import { type MetricValue, ProgressLines } from './progress-lines.ts';

const LOOK_EVERY_MS = 100;
/** Of what a program has said, so much is told when it fails. */
const LAST_WORDS = 2_000;

/** The program ended by an exit code other than 0. */
class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
}

/** Something has killed the program, and nobody here. */
class ProgramKilled extends Error {
  override readonly name = 'ProgramKilled';
}

type Done = Pick<StepDone, 'outputs' | 'metrics'>;

/**
 * Runs a program to its end under the contract of docs/exec-steps.md: claims the log of the work,
 * gives the program its newest checkpoint, keeps those that it announces, and records what it came
 * to. An attempt that finds the work done gives the recorded outcome.
 */
export async function runProgram(
  order: ProgramOrder,
  {
    config,
    stores,
    environment,
  }: {
    readonly config: Config;
    readonly stores: Pick<OpenStores, 'objects' | 'artifacts'>;
    /** The worker's, with the GPU that the program may use. */
    readonly environment: NodeJS.ProcessEnv;
  },
): Promise<Done> {
  // An earlier attempt may have been killed on this machine.
  await sweepTemporaryFiles(config.home);
  const log = await CheckpointLog.claim(stores.objects, order.lineage, await machineFingerprint());
  if (log.completion !== undefined) {
    await log.tidy(0);
    return log.completion.outcome as Done;
  }
  const folder = temporaryName(config.home);
  try {
    const done = await new ProgramRun(order, folder, log, stores.artifacts, environment).carryOut();
    await log.complete(done, 0);
    return done;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One attempt at a program, in a folder of its own. */
class ProgramRun {
  readonly #order: ProgramOrder;
  readonly #folder: string;
  readonly #artifacts: ArtifactStore;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #checkpoints: ProgramCheckpoints;
  readonly #lines: ProgressLines;
  #metrics: MetricValue[] = [];

  constructor(
    order: ProgramOrder,
    folder: string,
    log: CheckpointLog,
    artifacts: ArtifactStore,
    environment: NodeJS.ProcessEnv,
  ) {
    this.#order = order;
    this.#folder = folder;
    this.#artifacts = artifacts;
    this.#environment = environment;
    this.#checkpoints = new ProgramCheckpoints(log, join(folder, 'checkpoints'));
    this.#lines = new ProgressLines(join(folder, 'progress.jsonl'));
  }

  async carryOut(): Promise<Done> {
    const process = await this.#start();
    try {
      const end = await this.#watch(process);
      this.#order.signal.throwIfAborted();
      if (end.signal !== null) {
        const how = `The program was killed by signal ${end.signal}.`;
        throw new ProgramKilled(`${how} ${await this.#lastWords()}`.trim());
      }
      if (end.code !== 0) {
        const how = `The program ended by exit code ${end.code}.`;
        throw new ProgramFailed(`${how} ${await this.#lastWords()}`.trim());
      }
      return await this.#gather();
    } finally {
      process.kill();
    }
  }

  async #start(): Promise<GuardedProcess> {
    const { exec, inputs } = this.#order;
    for (const name of ['outputs', 'checkpoints', 'work']) {
      await mkdir(join(this.#folder, name), { recursive: true });
    }
    await writeFile(join(this.#folder, 'progress.jsonl'), '');
    await writeFile(join(this.#folder, 'inputs.json'), JSON.stringify(await this.#local(inputs)));
    const restored = await this.#checkpoints.restore();
    this.#metrics = restored?.metrics ?? [];
    const at = exec.folder ?? join(this.#folder, 'work');
    const isFolder = (await stat(at).catch(() => null))?.isDirectory() === true;
    if (!isFolder) throw noFolder(at);
    return new GuardedProcess({
      command: exec.command,
      folder: at,
      log: join(this.#folder, 'log.txt'),
      environment: await programEnvironment(exec, this.#environment, {
        SEVENFOLD_INPUTS: join(this.#folder, 'inputs.json'),
        SEVENFOLD_OUTPUTS: join(this.#folder, 'outputs'),
        SEVENFOLD_PROGRESS: join(this.#folder, 'progress.jsonl'),
        SEVENFOLD_CHECKPOINTS: join(this.#folder, 'checkpoints'),
        ...(restored !== null && { SEVENFOLD_RESUME: restored.path }),
      }),
    });
  }

  /** Inputs as a program reads them: artifacts are paths of files. */
  async #local(value: unknown): Promise<unknown> {
    if (typeof value !== 'object' || value === null) return value;
    const [ref] = refsIn(value);
    if ('sha256' in value && 'uri' in value && ref !== undefined) {
      return this.#artifacts.localPath(ref);
    }
    const entries = Object.entries(value).map(async ([key, each]) => [
      key,
      await this.#local(each),
    ]);
    const local = (await Promise.all(entries)) as [string, unknown][];
    return Array.isArray(value) ? local.map(([, each]) => each) : Object.fromEntries(local);
  }

  /** Until the program has ended: hears what it says, and passes on the word to stop. */
  async #watch(process: GuardedProcess) {
    const { signal, exec } = this.#order;
    let deadline: NodeJS.Timeout | undefined;
    const stop = () => {
      process.terminate();
      deadline = setTimeout(() => process.kill(), exec.stopSeconds * 1000);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    try {
      for (;;) {
        const end = await Promise.race([process.ended, pause(LOOK_EVERY_MS)]);
        await this.#hear();
        if (end !== undefined) return end;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(deadline);
    }
  }

  async #hear(): Promise<void> {
    for (const line of await this.#lines.read()) {
      if ('metric' in line) this.#metrics.push(line);
      else if ('checkpoint' in line) await this.#checkpoints.keep(line.checkpoint, this.#metrics);
      else {
        const { message = 'running', ...rest } = line;
        this.#order.onProgress({ message, ...rest });
      }
    }
  }

  /** What the program has left in its outputs folder; files of artifacts go to the store. */
  async #gather(): Promise<Done> {
    const folder = join(this.#folder, 'outputs');
    const text = await readFile(join(folder, 'outputs.json'), 'utf8').catch(() => '{}');
    const given = parseOutputs(text);
    const outputs: Record<string, unknown> = { ...given };
    for (const [key, type] of Object.entries(this.#order.output)) {
      const name = key.replace(/\?$/, '');
      const value = given[name];
      if (type === 'artifact' && typeof value === 'string') {
        outputs[name] = await this.#put(name, resolve(folder, value));
      }
    }
    const metrics =
      this.#metrics.length === 0 ? null : await putJson(this.#artifacts, this.#metrics);
    return { outputs, metrics };
  }

  async #put(name: string, path: string): Promise<ArtifactRef> {
    const isFile = (await stat(path).catch(() => null))?.isFile() === true;
    if (isFile) return this.#artifacts.putFile(path, 'application/octet-stream');
    throw new InputError({
      code: 'WrongOutput',
      field: `output.${name}`,
      value: path,
      expected: 'a file that the program has written below SEVENFOLD_OUTPUTS',
      remedy: 'Write the file there, and its relative path into outputs.json.',
    });
  }

  async #lastWords(): Promise<string> {
    const file = await open(join(this.#folder, 'log.txt'), 'r').catch(() => null);
    if (file === null) return '';
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.min(size, LAST_WORDS));
      await file.read(bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8').trim();
    } finally {
      await file.close();
    }
  }
}

function parseOutputs(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Said below.
  }
  throw new InputError({
    code: 'WrongOutput',
    field: 'outputs.json',
    value: text.slice(0, 100),
    expected: 'a JSON object of outputs by name',
    remedy: 'Write it with json.dump or its like, as the last thing that the program does.',
  });
}

const noFolder = (folder: string): InputError =>
  new InputError({
    code: 'FolderMissing',
    field: 'exec.folder',
    value: folder,
    expected: 'a folder of the machine that the worker runs on',
    remedy: 'Have the program lie at the same place on all workers, or set exec.folder.',
  });
