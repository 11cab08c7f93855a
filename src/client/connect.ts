import { Client, Connection } from '@temporalio/client';
import type { Config } from '../config.ts';
import { type ConnectionSettings, connectionSettings, noTemporalServer } from '../connection.ts';

/** By default gRPC waits longer and longer, up to two minutes, before it looks for a server again. */
const RECONNECT = {
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2_000,
};

/** Connects by the standard settings; an InputError says when no server answers. */
export async function connectClient(
  config: Config,
): Promise<{ client: Client; settings: ConnectionSettings }> {
  const settings = await connectionSettings(config);
  const { address, namespace, connectionOptions } = settings;
  try {
    const connection = await Connection.connect({
      ...connectionOptions,
      address,
      channelArgs: RECONNECT,
    });
    return { client: new Client({ connection, namespace }), settings };
  } catch (error) {
    throw noTemporalServer(address, error);
  }
}
