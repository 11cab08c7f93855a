import { join } from 'node:path';
import { LifecycleClient } from '../../src/client/lifecycle-client.ts';
import { PipelineClient } from '../../src/client/pipeline-client.ts';
import { readConfig } from '../../src/config.ts';
import type { JobInput } from '../../src/schemas/job.ts';
import { CommandHome } from './command.ts';
import { quickJob } from './quick-job.ts';
import { slowJob } from './slow-job.ts';
import { customerHeader, customers, writeCsv } from './tables.ts';

/** A local stack of its own with clients of both kinds, and jobs to give them. */
export interface TypedClients {
  readonly home: CommandHome;
  readonly client: LifecycleClient;
  readonly graphs: PipelineClient;
  readonly quick: JobInput;
  readonly slow: JobInput;
}

export async function openTypedClients(): Promise<TypedClients> {
  const home = await CommandHome.create();
  const { code, stderr } = await home.runHere('dev', '--detach');
  if (code !== 0) throw new Error(stderr);
  const client = await LifecycleClient.connect(readConfig(home.environment));
  const graphs = new PipelineClient(client.temporal, client.settings);
  const data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(300));
  return { home, client, graphs, quick: quickJob(data), slow: slowJob(data, 50_000) };
}
