/**
 * Stores histories of runs on this version for later versions to replay:
 *   npx tsx test/replay/record-histories.ts <version>
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { LifecycleClient, type StartedRun } from '../../src/client/lifecycle-client.ts';
import { readConfig } from '../../src/config.ts';
import { CommandHome } from '../support/command.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';

const version = process.argv[2] ?? 'current';
const folder = join(import.meta.dirname, 'histories');
const home = await CommandHome.create();
await mkdir(folder, { recursive: true });
try {
  const data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(400));
  await home.run('dev', '--detach');
  const client = await LifecycleClient.connect(readConfig(home.environment));
  const record = async (name: string, run: StartedRun) => {
    await run.result().catch(() => undefined);
    const history = historyToJSON(await run.fetchHistory());
    // Who ran it and where is nobody's business.
    const anonymous = history.replaceAll(/"identity": ?"[^"]*"/g, '"identity": "worker"');
    await writeFile(join(folder, `${version}-${name}.json`), `${anonymous}\n`);
  };
  const options = { requestedBy: 'replay test' };
  const job = { data, target: 'left', budget: { trials: 3, epochs: 5 } };
  await record('completed', await client.start(job, options));
  await record(
    'no-rounds',
    await client.start({ ...job, optimise: { rounds: 0 }, refit: 'never' }, options),
  );
  await record(
    'time-budget',
    await client.start({ ...job, budget: { seconds: 15, epochs: 5 } }, options),
  );
  await record('bad-target', await client.start({ ...job, target: 'lefd' }, options));
  const cancelled = await client.start({ ...job, budget: { trials: 50 } }, options);
  await cancelled.cancel();
  await record('cancelled', cancelled);
  await client.close();
} finally {
  await home.remove();
}
