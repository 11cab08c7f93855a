import { join } from 'node:path';

/** A later release may grow other trees: the code versions of its estimators grow with it. */
export const LIGHTGBM_VERSION = '4.7.0';

/** Name of the cache folder that holds the library. */
const folderName = `lightgbm-${LIGHTGBM_VERSION}-${process.platform}-${process.arch}`;

export const lightGbmFolder = (cache: string): string => join(cache, folderName);

export const lightGbmLibrary = (cache: string): string =>
  join(lightGbmFolder(cache), 'lib_lightgbm.so');
