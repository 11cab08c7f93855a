import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import { writeAtomically } from '../stores/atomic-file.ts';
import { softwareVersions } from '../versions.ts';

const NAME = /^workflows-[0-9a-f]{64}\.js$/;
/** A bundle that no worker has started with for so long is of sources that are gone. */
const UNUSED_MS = 7 * 24 * 3_600_000;

/**
 * The workflows as one script. Making it takes two seconds, which a worker that is started again
 * should not cost its runs; so it is kept, by the hash of all sources and versions.
 */
export async function workflowBundle(cache: string): Promise<WorkflowBundleOption> {
  const codePath = join(cache, `workflows-${await hashOfSources()}.js`);
  try {
    await utimes(codePath, new Date(), new Date());
    return { codePath };
  } catch {
    // Not made yet.
  }
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflowFile('index'),
    payloadConverterPath: workflowFile('payload-converter'),
    logger: Runtime.instance().logger,
  });
  try {
    await writeAtomically(codePath, Buffer.from(code));
    await removeUnused(cache);
    return { codePath };
  } catch {
    // Where nothing can be kept, it is made at each start.
    return { code };
  }
}

const sources = fileURLToPath(new URL('..', import.meta.url));

const workflowFile = (name: string): string =>
  join(sources, 'workflows', `${name}${extname(import.meta.url)}`);

async function hashOfSources(): Promise<string> {
  const entries = await readdir(sources, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256').update(JSON.stringify(await softwareVersions()));
  for (const path of paths) {
    hash.update(`\0${path.slice(sources.length)}\0`).update(await readFile(path));
  }
  return hash.digest('hex');
}

async function removeUnused(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!NAME.test(name)) continue;
    const path = join(cache, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > UNUSED_MS) await rm(path, { force: true });
  }
}
