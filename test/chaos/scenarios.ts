import {
  type Disturbance,
  dieAt,
  killCompute,
  killCore,
  partitionWorker,
  signalWorker,
  tearCheckpoint,
} from './disturbances.ts';

export interface Scenario {
  readonly name: string;
  /** Drawn from at random; or, where `inOrder`, gone through one after the other. */
  readonly disturbances: readonly Disturbance[];
  readonly inOrder?: boolean;
  /** Checkpoint intervals that one hit may cost: two where the newest checkpoint is torn. */
  readonly intervals: number;
  /** Part of the short version. */
  readonly short?: boolean;
}

const thrice = (point: string): Disturbance[] => [dieAt(point), dieAt(point), dieAt(point)];

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
    inOrder: true,
    intervals: 1,
    short: true,
    disturbances: [
      ...thrice('prepared-part'),
      ...thrice('half-written-objects'),
      ...thrice('half-written-checkpoints'),
      ...thrice('between-blob-and-manifest'),
      ...thrice('completed'),
      ...thrice('half-written-documents'),
      ...thrice('registered'),
    ],
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
