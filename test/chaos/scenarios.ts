import type { JobInput } from '../../src/schemas/job.ts';
import {
  type Disturbance,
  killCompute,
  killCore,
  partitionWorker,
  signalWorker,
  tearCheckpoint,
} from './disturbances.ts';
import { fillDisk, hangBucket } from './outages.ts';

export interface Scenario {
  readonly name: string;
  /** Drawn from at random. */
  readonly disturbances: readonly Disturbance[];
  /** Named places of the code, at each of which processes die three times. */
  readonly points?: readonly string[];
  /** Checkpoint intervals that one hit may cost: two where the newest checkpoint is torn. */
  readonly intervals: number;
  /** Part of the short version. */
  readonly short?: boolean;
}

/** Scenarios that disturb the same job on the same stack, so that they come to the same. */
export interface Campaign {
  /** What the stack stands on. */
  readonly place: 'folder' | 'small disk' | 'bucket';
  /** What is asked for beside the data, and the target. */
  readonly job: Omit<JobInput, 'data' | 'target'>;
  readonly scenarios: readonly Scenario[];
}

export const INTERVAL_SECONDS = 1;

const checkpoints = { everySeconds: INTERVAL_SECONDS };

/**
 * Every step, with several trials and a round of optimisation. The short version trains neither folds
 * nor members of ensembles, for time.
 */
const wholeJob = (epochs: number, isShort = false): Campaign['job'] => ({
  ...(isShort && { validation: 'single' }),
  estimators: ['logistic', 'mlp'],
  hyperparameters: {
    mlp: { epochs, batchSize: 8, patience: null, dropout: 0.1, schedule: { kind: 'cosine' } },
  },
  budget: { trials: 3 },
  optimise: { rounds: 1, ...(isShort && { ensemble: 0 }) },
  checkpoints,
});

const onFolder: readonly Scenario[] = [
  { name: 'SIGKILL compute processes', disturbances: [killCompute], intervals: 1 },
  {
    name: 'SIGKILL CPU workers',
    disturbances: [signalWorker('SIGKILL')],
    intervals: 1,
  },
  { name: 'SIGTERM CPU workers', disturbances: [signalWorker('SIGTERM')], intervals: 1 },
  { name: 'SIGKILL workflow worker', disturbances: [killCore('worker-main')], intervals: 1 },
  { name: 'SIGKILL Temporal server', disturbances: [killCore('temporal')], intervals: 1 },
  {
    name: 'named points',
    disturbances: [],
    points: [
      'prepared-part',
      'half-written-objects',
      'half-written-checkpoints',
      'between-blob-and-manifest',
      'completed',
      'half-written-documents',
      'registered',
    ],
    intervals: 1,
    short: true,
  },
  { name: 'partitions (SIGSTOP, SIGCONT)', disturbances: [partitionWorker], intervals: 1 },
  { name: 'torn checkpoints', disturbances: [tearCheckpoint], intervals: 2 },
  {
    name: 'all of them',
    intervals: 2,
    short: true,
    disturbances: [
      killCompute,
      signalWorker('SIGKILL'),
      signalWorker('SIGTERM'),
      killCore('worker-main'),
      killCore('temporal'),
      partitionWorker,
      tearCheckpoint,
    ],
  },
];

/** @param only name of the one scenario that is wanted; undefined for all */
export function planCampaigns(isShort: boolean, only: string | undefined): Campaign[] {
  const campaigns: Campaign[] = [
    { place: 'folder', job: wholeJob(isShort ? 60 : 120, isShort), scenarios: onFolder },
    {
      place: 'small disk',
      job: wholeJob(50),
      scenarios: [{ name: 'full disk', disturbances: [fillDisk], intervals: 1 }],
    },
    {
      place: 'bucket',
      job: wholeJob(50),
      scenarios: [{ name: 'unreachable bucket', disturbances: [hangBucket], intervals: 1 }],
    },
  ];
  const isWanted = ({ name, short = false }: Scenario) =>
    only === undefined ? short || !isShort : name === only;
  return campaigns
    .map((campaign) => ({ ...campaign, scenarios: campaign.scenarios.filter(isWanted) }))
    .filter(({ scenarios }) => scenarios.length > 0);
}
