import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../config.ts';

/** A later release may grow other trees: the code versions of its estimators grow with it. */
export const LIGHTGBM_VERSION = '4.7.0';

/** Name of the cache folder that holds the library. */
const folderName = `lightgbm-${LIGHTGBM_VERSION}-${process.platform}-${process.arch}`;

export const lightGbmFolder = (cache: string): string => join(cache, folderName);

export const lightGbmLibrary = (cache: string): string =>
  join(lightGbmFolder(cache), 'lib_lightgbm.so');

/** What set-up leaves where it could not provide the library: why, in a line. */
export const lightGbmFailure = (cache: string): string => join(cache, `${folderName}.failure.txt`);

/** Whether the library is in the cache; looks, and loads nothing. */
export const isLightGbmThere = (cache: string = readConfig().cache): boolean =>
  existsSync(lightGbmLibrary(cache));

/** Why the library is not there, as set-up knows it. */
export function whyNoLightGbm(cache: string = readConfig().cache): string {
  const note = lightGbmFailure(cache);
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : 'not set up';
}
