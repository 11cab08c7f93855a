/** Prepares a table into a store in a folder, or trains for an epoch on what lies there; tells what it took. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machineFingerprint } from '../../src/machine-fingerprint.ts';
import { prepareData } from '../../src/ml/data/prepare.ts';
import { openRows } from '../../src/ml/data/stored-rows.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import { PreparedData } from '../../src/schemas/prepared-data.ts';
import { CheckpointLog } from '../../src/stores/checkpoint-log.ts';
import { openStores } from '../../src/stores/index.ts';

const [part, data, folder] = process.argv.slice(2) as [string, string, string];
const { objects, artifacts } = openStores({ home: folder });
const document = join(folder, 'prepared.json');
const signal = new AbortController().signal;

if (part === 'prepare') {
  const prepared = await prepareData({
    job: parseJob({ data, target: 'y' }),
    workFolder: folder,
    save: (path, mediaType) => artifacts.putFile(path, mediaType),
    pathOf: (ref) => artifacts.localPath(ref),
    log: await CheckpointLog.claim(objects, 'bench/prepare', await machineFingerprint()),
    onProgress: () => undefined,
    signal,
  });
  await writeFile(document, JSON.stringify(prepared));
} else {
  // Loaded by those who train alone, as by a worker.
  const { train } = await import('../../src/ml/training/train.ts');
  const prepared = PreparedData.parse(JSON.parse(await readFile(document, 'utf8')));
  const { problem, targetScale, layout, classCounts, parts } = prepared;
  const shards = await Promise.all(
    parts.fit.shards.map(async ({ artifact, rows }) => ({
      path: await artifacts.localPath(artifact),
      rows,
    })),
  );
  const rows = await openRows({ shards, layout, targetScale, task: problem.task });
  await train({
    candidate: { estimator: 'mlp', hyperparameters: { epochs: 1 } },
    ...{ problem, data: rows, truth: await rows.originalTargets(), validation: null },
    ...{ targetScale, classCounts, seed: 1, maxEpochs: null },
    ...{ maxSeconds: null, signal, onProgress: () => undefined },
    onCheckpoint: async () => undefined,
  });
}

const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    cpuSeconds: (user + system) / 1e6,
    seconds: process.uptime(),
    residentMib: process.resourceUsage().maxRSS / 1024,
  }),
);
