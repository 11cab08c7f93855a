import type { Config } from '../config.ts';
import {
  isLightGbmThere,
  LIGHTGBM_VERSION,
  lightGbmLibrary,
  whyNoLightGbm,
} from '../ml/lightgbm/release.ts';
import type { Finding } from './finding.ts';
import { LEFT_OUT } from './lightgbm.ts';
import { probeLightGbm } from './probe-lightgbm.ts';

/** Whether LightGBM is there, and grows a tree. */
export async function diagnoseLightGbm(config: Config): Promise<Finding> {
  const name = 'LightGBM';
  if (!isLightGbmThere(config.cache)) {
    const remedy = `npm run setup. ${LEFT_OUT}`;
    return { name, status: 'warning', found: whyNoLightGbm(config.cache), remedy };
  }
  try {
    await probeLightGbm(config);
    const found = `${LIGHTGBM_VERSION}, ${lightGbmLibrary(config.cache)}`;
    return { name, status: 'ok', found, remedy: null };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name, status: 'warning', found, remedy: 'npm run setup' };
  }
}
