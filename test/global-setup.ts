import type { TestProject } from 'vitest/node';
import { type Config, readConfig } from '../src/config.ts';
import { InputError } from '../src/errors.ts';
import { ensureReady } from '../src/setup/ensure-ready.ts';
import { probeTensorFlow } from '../src/setup/probe-tensorflow.ts';
import { printProgress } from '../src/setup/progress.ts';
import { ensureTemporal } from '../src/setup/temporal.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of a Temporal binary for local test servers. */
    temporalBinary: string;
  }
}

/**
 * Sets up what is missing, and fails where native TensorFlow can't be had: tests that quietly
 * ran on another backend would prove nothing. SEVENFOLD_BACKEND=wasm says that this is meant.
 */
export default async function setUpTests(project: TestProject): Promise<void> {
  const config = readConfig();
  await setUpOrExplain(config);
  const { backend, version } = await probeTensorFlow();
  const expected = config.backend === 'native' ? 'tensorflow' : 'wasm';
  if (backend !== expected) throw new Error(`The tests need ${expected}; found ${backend}.`);
  const temporal = await ensureTemporal(config, printProgress);
  process.env['SEVENFOLD_TEMPORAL_BINARY'] = temporal;
  project.provide('temporalBinary', temporal);
  printProgress(`tests run on TensorFlow ${version} (${backend}) and ${temporal}`);
}

/** What can't be set up is said in words, without the stack of where it was noticed. */
async function setUpOrExplain(config: Config): Promise<void> {
  try {
    const tensorFlow = config.backend === 'native';
    await ensureReady(config, printProgress, { temporal: true, tensorFlow, lightGbm: true });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const plain = new Error(error.message);
    plain.stack = '';
    throw plain;
  }
}
