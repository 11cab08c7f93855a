import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runCommand } from './run-command.ts';

export interface TensorFlowProbe {
  readonly backend: string;
  /** Of TensorFlow itself, or of TensorFlow.js where the backend is WebAssembly. */
  readonly version: string;
}

/** Multiplies two matrices in a process of its own, so that a library that crashes harms nothing. */
export async function probeTensorFlow(
  environment: Readonly<Record<string, string>> = {},
): Promise<TensorFlowProbe> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const script = fileURLToPath(new URL('./probe-main.ts', import.meta.url));
  const said = await runCommand(process.execPath, ['--import', tsx, script], {
    env: environment,
    timeoutMs: 120_000,
  });
  const line = said.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(line) as TensorFlowProbe;
}
