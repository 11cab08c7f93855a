import type { Config } from '../config.ts';
import { isLightGbmThere } from '../ml/lightgbm/release.ts';
import { hasLightGbmFailed, provideLightGbm } from './lightgbm.ts';
import { isAddonLinked } from './link-addon.ts';
import type { Progress } from './progress.ts';
import { ensureTemporal, findTemporal } from './temporal.ts';
import { ensureTensorFlow } from './tensorflow.ts';

/** What is wanted of set-up; a server of one's own needs no Temporal binary. */
export interface Needs {
  readonly temporal: boolean;
  readonly tensorFlow: boolean;
  readonly lightGbm: boolean;
}

export function defaultNeeds(config: Config): Needs {
  return {
    temporal: process.env['TEMPORAL_ADDRESS'] === undefined,
    tensorFlow: config.backend === 'native',
    lightGbm: config.backend === 'native',
  };
}

/** Whether all that is needed is in place; looks at a few files only. */
export function isReady(config: Config, needs: Needs = defaultNeeds(config)): boolean {
  return (
    (!needs.temporal || findTemporal(config) !== undefined) &&
    (!needs.tensorFlow || isAddonLinked()) &&
    (!needs.lightGbm || isLightGbmThere(config.cache) || hasLightGbmFailed(config))
  );
}

/** Sets up what is missing; returns at once when nothing is. */
export async function ensureReady(
  config: Config,
  progress: Progress,
  needs: Needs = defaultNeeds(config),
): Promise<void> {
  if (isReady(config, needs)) return;
  if (needs.tensorFlow && !isAddonLinked()) await ensureTensorFlow(config, progress);
  if (needs.lightGbm && !hasLightGbmFailed(config)) await provideLightGbm(config, progress);
  if (needs.temporal) await ensureTemporal(config, progress);
}
