import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { diagnoseDisk } from './diagnose-disk.ts';
import { diagnoseLightGbm } from './diagnose-lightgbm.ts';
import { diagnosePorts } from './diagnose-ports.ts';
import { diagnoseServer } from './diagnose-server.ts';
import { diagnoseStore } from './diagnose-store.ts';
import { diagnoseGpu, diagnoseTensorFlow } from './diagnose-tensorflow.ts';
import type { Finding } from './finding.ts';
import { findTemporal, temporalVersion } from './temporal.ts';

export type { Finding } from './finding.ts';

/** Looks at all that Sevenfold stands on; never throws for what is missing. */
export async function diagnose(config: Config): Promise<Finding[]> {
  const findings = await Promise.all([
    diagnoseNode(),
    diagnoseTemporal(config),
    diagnoseServer(config),
    diagnoseTensorFlow(config),
    diagnoseGpu(),
    diagnoseLightGbm(config),
    diagnoseStore(config),
    diagnoseDisk('Disk for runs', config.home),
    diagnoseDisk('Disk for set-up', config.cache),
    diagnosePorts(config),
  ]);
  return findings.flat();
}

async function diagnoseNode(version = process.versions.node): Promise<Finding> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const wanted = (JSON.parse(text) as { engines: { node: string } }).engines.node;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = wanted.replace('>=', '').split('.').map(Number);
  const isRecent = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  return isRecent
    ? { name: 'Node', status: 'ok', found: version, remedy: null }
    : {
        name: 'Node',
        status: 'missing',
        found: version,
        remedy: `Install Node ${wanted} (https://nodejs.org).`,
      };
}

async function diagnoseTemporal(config: Config): Promise<Finding> {
  const name = 'Temporal';
  try {
    const binary = findTemporal(config);
    if (binary !== undefined) {
      const found = `${await temporalVersion(binary)}, ${binary}`;
      return { name, status: 'ok', found, remedy: null };
    }
    return { name, status: 'missing', found: 'no binary', remedy: 'npm run setup' };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name, status: 'missing', found, remedy: 'npm run setup' };
  }
}
