import { canonicalHash } from '../../src/canonical-json.ts';
import { runTask } from '../../src/compute/run-task.ts';
import { readConfig } from '../../src/config.ts';
import type { ArtifactRef } from '../../src/schemas/artifact.ts';
import { SmallModels } from './small-model.ts';

/** Makes models whose trainings begin with the weights of an imported one. */
export function modelsFrom(home: string, startFrom: ArtifactRef): SmallModels {
  const config = readConfig({ ...process.env, SEVENFOLD_HOME: home });
  return new SmallModels(home, (request) => {
    const started = { ...request, startFrom };
    return runTask(config, 'train', started, {
      lineage: `test/${canonicalHash(started)}`,
      extend: [],
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
  });
}

/** Hyperparameters that leave weights where they begin, but for rounding. */
export const STANDING_STILL = { epochs: 1, learningRate: 1e-12, optimizer: 'sgd', l2: 0 } as const;
