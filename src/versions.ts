import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const PACKAGES = ['@temporalio/worker', '@tensorflow/tfjs-node-gpu', '@duckdb/node-api', 'zod'];

let found: Promise<Record<string, string>> | undefined;

/** Versions of Sevenfold, Node and the packages that a run's results rest on: as they were first asked for. */
export function softwareVersions(): Promise<Record<string, string>> {
  return (found ??= findVersions());
}

async function findVersions(): Promise<Record<string, string>> {
  const own = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const versions: Record<string, string> = { sevenfold: own.version, node: process.version };
  for (const name of PACKAGES) versions[name] = await installedVersion(name);
  return versions;
}

async function installedVersion(name: string): Promise<string> {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    try {
      const text = await readFile(`${folder}/${name}/package.json`, 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch {
      // Not in this folder.
    }
  }
  return 'unknown';
}
