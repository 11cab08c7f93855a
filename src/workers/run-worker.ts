import { availableParallelism } from 'node:os';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerDeploymentOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import { createBookkeepingActivities, createHeavyActivities } from '../activities/index.ts';
import { SteadyHeartbeat } from '../activities/steady-heartbeat.ts';
import type { Programs } from '../activities/step.ts';
import type { Compute } from '../activities/supervise.ts';
import { ErrorTranslator } from '../activities/translate-errors.ts';
import type { Config } from '../config.ts';
import { type ConnectionSettings, connectionSettings, noTemporalServer } from '../connection.ts';
import { createServiceHandler } from '../nexus/sevenfold-handler.ts';
import { type OpenStores, openStores } from '../stores/index.ts';
import { StoreQuota } from '../stores/store-quota.ts';
import { sweepTemporaryFiles } from '../stores/temporary-files.ts';
import { TaskQueue } from '../task-queues.ts';
import { withThreads } from './compute/choose-threads.ts';
import { ComputePool } from './compute/compute-pool.ts';
import { listGpus } from './compute/gpus.ts';
import { memoryLimitBytes } from './compute/memory.ts';
import { runProgram } from './programs/run-program.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** What the worker itself, and everything else on the machine, may need is left. */
const MEMORY_SHARE = 0.8;
/** What the releases are versions of. */
const DEPLOYMENT = 'sevenfold';

export interface RunWorkerOptions {
  readonly queue: string;
  /** Activities at once; default: one per core, one on GPU queues, twenty on the main queue. */
  readonly slots?: number;
  /** Memory for the compute processes together; default: most of the machine's or container's. */
  readonly memoryGiB?: number;
  /** Release that this worker runs, where releases are deployed side by side. */
  readonly buildId?: string;
  readonly config: Config;
}

/**
 * Runs one worker until it is told to stop (SIGTERM or SIGINT): workflows and bookkeeping on the
 * main task queue, heavy activities on any other. They are separate processes: where one process
 * does both, its death makes recovery wait for the dead worker's sticky queue.
 */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const { queue, slots, buildId, config } = options;
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const settings = await connectionSettings(config);
  const connection = await connect(settings);
  const stores = openStores(config);
  const pool = await createPool(options);
  const worker = await Worker.create({
    connection,
    namespace: settings.namespace,
    taskQueue: queue,
    // Progress, and with it cancellation and recovery, within a second.
    maxHeartbeatThrottleInterval: '1s',
    ...(buildId !== undefined && { workerDeploymentOptions: versioned(buildId) }),
    ...(queue === TaskQueue.main
      ? await mainQueueOptions(stores, options)
      : {
          activities: createHeavyActivities(
            stores,
            withinQuota(isGpuQueue(queue) ? pool : withThreads(pool, stores), stores, config),
            createPrograms(pool, stores, config),
          ),
          maxConcurrentActivityTaskExecutions: slots ?? (await defaultSlots(queue)),
          interceptors: { activity: [() => ({ inbound: new ErrorTranslator() })] },
          // A machine that is taken away leaves seconds: checkpoint at once, and hand over.
          shutdownGraceTime: 0,
        }),
  });
  try {
    await worker.run();
  } finally {
    await pool.close();
    await connection.close();
    await stores.close();
  }
}

/** A run stays with the release that began it: its workers are drained, and not replaced under it. */
const versioned = (buildId: string): WorkerDeploymentOptions => ({
  version: { deploymentName: DEPLOYMENT, buildId },
  useWorkerVersioning: true,
  defaultVersioningBehavior: 'PINNED',
});

async function createPool({ queue, config, memoryGiB }: RunWorkerOptions): Promise<ComputePool> {
  await sweepTemporaryFiles(config.home);
  return new ComputePool({
    environment: process.env,
    memoryBytes:
      memoryGiB === undefined ? MEMORY_SHARE * (await memoryLimitBytes()) : memoryGiB * 2 ** 30,
    ...(isGpuQueue(queue) && { gpus: await listGpus() }),
  });
}

/** The pool, behind the store's quota where there is one. */
function withinQuota(pool: Compute, stores: OpenStores, { quotaGiB }: Config): Compute {
  if (quotaGiB === undefined) return pool;
  const quota = new StoreQuota(stores, quotaGiB);
  return {
    async run(...work) {
      await quota.requireRoom();
      return pool.run(...work);
    },
  };
}

/** Programs share the pool's memory and GPUs with its compute processes. */
const createPrograms = (pool: ComputePool, stores: OpenStores, config: Config): Programs => ({
  run: (order) =>
    pool.admit(order, (environment) => runProgram(order, { config, stores, environment })),
});

async function mainQueueOptions(
  stores: OpenStores,
  { config, slots = 20 }: RunWorkerOptions,
): Promise<Partial<WorkerOptions>> {
  return {
    workflowBundle: await workflowBundle(config.cache),
    activities: createBookkeepingActivities(
      stores,
      {
        home: config.home,
        hosts: config.webhookHosts,
      },
      config.pipelines,
      { home: config.home, hosts: config.callHosts, apiUrl: config.apiUrl },
    ),
    nexusServices: [createServiceHandler(config.pipelines)],
    maxConcurrentActivityTaskExecutions: slots,
    interceptors: {
      activity: [
        () => ({ inbound: new SteadyHeartbeat() }),
        () => ({ inbound: new ErrorTranslator() }),
      ],
    },
    shutdownGraceTime: '5s',
    // A killed worker's runs go on elsewhere after this long.
    stickyQueueScheduleToStartTimeout: '2s',
  };
}

const isGpuQueue = (queue: string): boolean => queue.startsWith(TaskQueue.gpu);

/** One for each core, or for each GPU. */
const defaultSlots = async (queue: string): Promise<number> =>
  isGpuQueue(queue) ? Math.max(1, (await listGpus()).length) : availableParallelism();

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
