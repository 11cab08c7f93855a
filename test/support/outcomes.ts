import type { Candidate } from '../../src/schemas/hyperparameters.ts';
import type { TrainingOutcome } from '../../src/schemas/training.ts';

const artifact = {
  uri: 'objects/aa/a',
  sha256: 'a'.repeat(64),
  bytes: 1,
  mediaType: 'application/json',
};

/** What came of training a candidate: nothing but its scores matters to those who read it. */
export const outcomeOf = (
  candidate: Candidate,
  result: Partial<TrainingOutcome> = {},
): TrainingOutcome => ({
  candidate,
  rows: 'fit',
  weights: artifact,
  weightsHash: 'b'.repeat(64),
  curve: artifact,
  status: 'completed',
  epochs: 1,
  bestEpoch: 1,
  validationScore: null,
  fitScore: null,
  predictions: null,
  crossValidation: null,
  seconds: 1,
  fingerprint: {
    platform: 'linux-x64',
    cpuModel: 'test',
    cpuFeatures: 'test',
    backend: 'tensorflow',
    tensorflow: '2.0.0',
    oneDnn: false,
    intraOpThreads: 1,
    interOpThreads: 1,
    gpu: null,
  },
  execution: null,
  mixedWith: [],
  ...result,
});
