import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { createBookkeepingActivities, createHeavyActivities } from '../activities/index.ts';
import { ErrorTranslator } from '../activities/translate-errors.ts';
import type { Config } from '../config.ts';
import { type ConnectionSettings, connectionSettings, noTemporalServer } from '../connection.ts';
import { openStores } from '../stores/index.ts';
import { TaskQueue } from '../task-queues.ts';
import { TrainerPool } from './trainer/trainer-pool.ts';

export interface RunWorkerOptions {
  readonly queue: string;
  /** Activities at once; default: one per core, one on GPU queues, twenty on the main queue. */
  readonly slots?: number;
  readonly config: Config;
}

/**
 * Runs one worker until it is told to stop (SIGTERM or SIGINT): workflows and bookkeeping on the
 * main task queue, heavy activities on any other. They are separate processes: where one process
 * does both, its death makes recovery wait for the dead worker's sticky queue.
 */
export async function runWorker({ queue, slots, config }: RunWorkerOptions): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const settings = await connectionSettings(config);
  const connection = await connect(settings);
  const stores = openStores(config.home);
  const trainers = new TrainerPool(process.env);
  const worker = await Worker.create({
    connection,
    namespace: settings.namespace,
    taskQueue: queue,
    shutdownGraceTime: '10s',
    // Progress, and with it cancellation and recovery, within a second.
    maxHeartbeatThrottleInterval: '1s',
    interceptors: { activity: [() => ({ inbound: new ErrorTranslator() })] },
    ...(queue === TaskQueue.main
      ? mainQueueOptions(createBookkeepingActivities(stores), slots)
      : {
          activities: createHeavyActivities(stores, trainers, join(config.home, 'work')),
          maxConcurrentActivityTaskExecutions: slots ?? defaultSlots(queue),
        }),
  });
  try {
    await worker.run();
  } finally {
    await trainers.close();
    await connection.close();
    await stores.close();
  }
}

function mainQueueOptions(activities: object, slots = 20): Partial<WorkerOptions> {
  const extension = extname(import.meta.url);
  return {
    workflowsPath: fileURLToPath(new URL(`../workflows/index${extension}`, import.meta.url)),
    activities,
    maxConcurrentActivityTaskExecutions: slots,
    // A killed worker's runs go on elsewhere after this long.
    stickyQueueScheduleToStartTimeout: '2s',
  };
}

const defaultSlots = (queue: string): number =>
  queue.startsWith(TaskQueue.gpu) ? 1 : availableParallelism();

async function connect({
  address,
  connectionOptions,
}: ConnectionSettings): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({ ...connectionOptions, address });
  } catch (error) {
    throw noTemporalServer(address, error);
  }
}
