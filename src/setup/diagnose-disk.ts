import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Finding } from './finding.ts';

const LEAST_GIGABYTES = 3;

/** Free space where this folder lies or will lie. */
export async function diagnoseDisk(name: string, folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(nearestExisting(folder));
  const freeGigabytes = (bavail * bsize) / 1e9;
  const found = `${freeGigabytes.toFixed(1)} GB free at ${folder}`;
  return freeGigabytes >= LEAST_GIGABYTES
    ? { name, status: 'ok', found, remedy: null }
    : {
        name,
        status: 'warning',
        found,
        remedy: `Free ${LEAST_GIGABYTES} GB there, or set SEVENFOLD_HOME and SEVENFOLD_CACHE to a larger disk.`,
      };
}

const nearestExisting = (folder: string): string =>
  existsSync(folder) ? folder : nearestExisting(dirname(folder));
