/** One process of plain Temporal: workflows, or as many activities at once as Sevenfold's worker has slots. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

export const noOp = async (number: number): Promise<number> => number;

const [, , role, address] = process.argv;
if (role !== undefined) {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address: address ?? '' });
  const worker = await Worker.create({
    connection,
    ...(role === 'workflows'
      ? {
          taskQueue: 'raw',
          workflowsPath: fileURLToPath(new URL('raw-workflows.ts', import.meta.url)),
        }
      : {
          taskQueue: 'raw-activities',
          activities: { noOp },
          maxConcurrentActivityTaskExecutions: availableParallelism(),
        }),
  });
  console.log('ready');
  await worker.run();
}
