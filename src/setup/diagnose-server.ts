import { Connection } from '@temporalio/client';
import type { Config } from '../config.ts';
import { type ConnectionSettings, connectionSettings } from '../connection.ts';
import type { Finding } from './finding.ts';

const CONNECT_MS = 3_000;
const name = 'Temporal server';

/** Whether the server that a command would use answers. */
export async function diagnoseServer(config: Config): Promise<Finding> {
  try {
    const settings = await connectionSettings(config);
    return (await answers(settings)) ? reachable(settings) : unreachable(settings);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name, status: 'missing', found, remedy: 'Mend the named setting.' };
  }
}

async function answers({ address, connectionOptions }: ConnectionSettings): Promise<boolean> {
  try {
    const connection = await Connection.connect({
      ...connectionOptions,
      address,
      connectTimeout: CONNECT_MS,
    });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

const reachable = ({ address, namespace }: ConnectionSettings): Finding => ({
  name,
  status: 'ok',
  found: `answers at ${address}, namespace ${namespace}`,
  remedy: null,
});

function unreachable({ address, origin }: ConnectionSettings): Finding {
  if (origin === 'default') {
    const found = `none runs at ${address}; a local one starts when it is needed`;
    return { name, status: 'ok', found, remedy: null };
  }
  const found = `no answer at ${address} within ${CONNECT_MS / 1000} s`;
  return origin === 'local-stack'
    ? { name, status: 'warning', found, remedy: 'sevenfold down && sevenfold dev --detach' }
    : {
        name,
        status: 'missing',
        found,
        remedy: 'Correct TEMPORAL_ADDRESS or the profile, or unset it to use a local server.',
      };
}
