import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from './config.ts';
import { InputError } from './errors.ts';
import { isAlive } from './process-lock.ts';
import { Stack } from './schemas/stack.ts';

export interface ConnectionSettings {
  readonly address: string;
  readonly namespace: string;
  /** TLS, API key and headers, by the SDK's standard variables and profile file. */
  readonly connectionOptions: Omit<ClientConnectConfig['connectionOptions'], 'address'>;
  /** Where the address was found. `default` means that nobody named one and no local stack runs. */
  readonly origin: 'environment' | 'local-stack' | 'default';
}

const DEFAULT_ADDRESS = 'localhost:7233';

/**
 * Where the Temporal server is: the SDK's standard environment variables and profile file
 * (TEMPORAL_ADDRESS, TEMPORAL_PROFILE, …), else the local stack, else the default port.
 */
export async function connectionSettings(config: Config): Promise<ConnectionSettings> {
  const { connectionOptions, namespace = 'default' } = loadStandardSettings();
  const { address, ...options } = connectionOptions;
  const common = {
    namespace,
    connectionOptions: options,
  };
  if (address !== undefined) return { ...common, address, origin: 'environment' };
  const stack = await readStack(config.home);
  if (stack !== null && isAlive(stack.pid)) {
    return { ...common, address: stack.address, namespace: stack.namespace, origin: 'local-stack' };
  }
  return { ...common, address: DEFAULT_ADDRESS, origin: 'default' };
}

function loadStandardSettings(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    throw new InputError(
      {
        code: 'InvalidTemporalProfile',
        field: 'TEMPORAL_CONFIG_FILE',
        value: process.env['TEMPORAL_PROFILE'] ?? 'default',
        expected: "a readable profile in the Temporal SDK's format",
        remedy: `Mend it: ${error instanceof Error ? error.message : String(error)}`,
      },
      { cause: error },
    );
  }
}

/** What to say when no Temporal server answers at an address. */
export const noTemporalServer = (address: string, cause: unknown): InputError =>
  new InputError(
    {
      code: 'NoTemporalServer',
      field: 'TEMPORAL_ADDRESS',
      value: address,
      expected: 'the address of a running Temporal server',
      remedy: "Start the local stack with 'sevenfold dev', or set TEMPORAL_ADDRESS.",
    },
    { cause },
  );

export const stackFile = (home: string): string => join(home, 'stack.json');

/** The local stack's state as last written; null when there is none that can be read. */
export async function readStack(home: string): Promise<Stack | null> {
  try {
    return Stack.parse(JSON.parse(await readFile(stackFile(home), 'utf8')));
  } catch {
    return null;
  }
}
