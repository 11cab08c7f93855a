import type { ExportRunner } from './model-format.ts';
import { type Network, runNetwork } from './network.ts';

/** Runs a network that Sevenfold itself has read back from a file. */
export const networkRunner = (network: Network): ExportRunner => ({
  runtime: 'sevenfold',
  run: async ({ features, rows }) => runNetwork(network, features, rows),
  dispose: async () => undefined,
});
