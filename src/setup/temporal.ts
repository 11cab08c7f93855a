import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { InputError } from '../errors.ts';
import { findProgram, isExecutable } from './find-program.ts';
import { withLock } from './lock.ts';
import type { Progress } from './progress.ts';
import { publishFolder } from './publish-folder.ts';
import { runCommand } from './run-command.ts';
import { downloadTemporal } from './temporal-download.ts';
import { TEMPORAL_VERSION } from './temporal-release.ts';

const GO_MODULE = `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_VERSION}`;

/** The Temporal binary at hand: configured, on PATH, or in the cache; undefined when there is none. */
export function findTemporal(config: Config): string | undefined {
  if (config.temporalBinary !== undefined) return configuredBinary(config.temporalBinary);
  const cached = cachedBinary(config);
  return findProgram('temporal') ?? (isExecutable(cached) ? cached : undefined);
}

/** Path of a Temporal binary with a dev server; downloads or builds it into the cache when there is none. */
export async function ensureTemporal(config: Config, progress: Progress): Promise<string> {
  const found = findTemporal(config);
  if (found !== undefined) return found;
  await withLock(join(config.cache, 'temporal.lock'), progress, () =>
    publishFolder(binaryFolder(config), (folder) => obtain(folder, progress)),
  );
  return cachedBinary(config);
}

async function obtain(folder: string, progress: Progress): Promise<void> {
  const binary = join(folder, 'temporal');
  try {
    await downloadTemporal(folder, progress);
    await temporalVersion(binary);
  } catch (error) {
    progress(`the download did not work: ${reason(error)}`);
    await buildTemporal(folder, progress, error);
    await temporalVersion(binary);
  }
}

/** `go install` checks the sources against Go's checksum database. */
async function buildTemporal(folder: string, progress: Progress, cause: unknown): Promise<void> {
  const go = findProgram('go');
  if (go === undefined) throw noWayToTemporal(cause);
  progress(`building Temporal ${TEMPORAL_VERSION} with Go (3 to 4 minutes on 2 cores, once)`);
  await mkdir(folder, { recursive: true });
  await runCommand(go, ['install', GO_MODULE], {
    env: { GOBIN: folder, CGO_ENABLED: '0' },
    progress,
  });
}

/** What `temporal --version` says; an InputError when the binary does not run. */
export async function temporalVersion(binary: string): Promise<string> {
  const said = await runCommand(binary, ['--version'], { timeoutMs: 20_000 });
  return said.trim().replace(/^temporal version /, '');
}

const binaryFolder = (config: Config): string =>
  join(config.cache, `temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}`);

const cachedBinary = (config: Config): string => join(binaryFolder(config), 'temporal');

function configuredBinary(file: string): string {
  if (isExecutable(file)) return file;
  throw new InputError({
    code: 'TemporalBinaryMissing',
    field: 'SEVENFOLD_TEMPORAL_BINARY',
    value: file,
    expected: 'the path of an executable `temporal`',
    remedy: 'Correct the path, or unset the variable to let set-up fetch one.',
  });
}

function noWayToTemporal(cause: unknown): InputError {
  return new InputError(
    {
      code: 'TemporalUnavailable',
      field: 'temporal',
      value: 'no binary on PATH or in the cache, no download, no Go',
      expected: 'a `temporal` binary, or Go to build one',
      remedy:
        'Install Temporal’s CLI (https://docs.temporal.io/cli) or Go 1.25 or later (https://go.dev/dl), ' +
        'then run `npm run setup` again. With a server of your own, set TEMPORAL_ADDRESS instead.',
    },
    { cause },
  );
}

/** `fetch` says only that it failed; its cause says why. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
