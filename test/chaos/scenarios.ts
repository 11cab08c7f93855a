import {
  type Disturbance,
  killCompute,
  killCore,
  partitionWorker,
  signalWorker,
  tearCheckpoint,
} from './disturbances.ts';

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

export const scenarios: readonly Scenario[] = [
  { name: 'SIGKILL compute processes', disturbances: [killCompute], intervals: 1, short: true },
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
