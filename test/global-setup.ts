import type { TestProject } from 'vitest/node';
import { readConfig } from '../src/config.ts';
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
  await ensureReady(config, printProgress, {
    temporal: true,
    tensorFlow: config.backend === 'native',
  });
  const { backend, version } = await probeTensorFlow();
  const expected = config.backend === 'native' ? 'tensorflow' : 'wasm';
  if (backend !== expected) throw new Error(`The tests need ${expected}; found ${backend}.`);
  const temporal = await ensureTemporal(config, printProgress);
  process.env['SEVENFOLD_TEMPORAL_BINARY'] = temporal;
  project.provide('temporalBinary', temporal);
  printProgress(`tests run on TensorFlow ${version} (${backend}) and ${temporal}`);
}
