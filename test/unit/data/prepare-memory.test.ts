import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { jobOf } from '../../support/jobs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ROWS = 300_000;
/** 280 to 500 MiB were measured, 110 of them before the first row: the table, kept once it is split, is 55 of them. */
const MOST_RESIDENT_MIB = 600;
/** All rows at once would not fit into this heap. */
const HEAP_MIB = 128;

const folder = await temporaryFolder('prepare-memory');

/** Eight columns, one of them of text. */
function* lines() {
  yield 'a,b,c,d,city,paid,note,y\n';
  const note = 'abcdefghij'.repeat(3);
  for (let start = 0; start < ROWS; start += 1_000) {
    let text = '';
    for (let i = start; i < start + 1_000; i++) {
      const u = (Math.imul(i, 2_654_435_761) >>> 0) / 2 ** 32;
      const city = ['Oslo', 'Rome', 'Lima'][i % 3];
      const paid = i % 2 === 0 ? 'yes' : 'no';
      text += `${u},${(u * 7_919) % 13},${i % 997},${u < 0.1 ? '' : u * u},${city},${paid},note ${i} ${note},${u * 3 + (i % 7)}\n`;
    }
    yield text;
  }
}

test('preparing 300,000 rows, and keeping the state meanwhile, takes bounded memory', {
  timeout: 120_000,
}, async () => {
  const data = join(folder, 'large.csv');
  await pipeline(Readable.from(lines()), createWriteStream(data));
  const module = (path: string) => JSON.stringify(resolve(import.meta.dirname, '../../../', path));
  const script = `
    const { prepareData } = await import(${module('src/ml/data/prepare.ts')});
    const { openStores } = await import(${module('src/stores/index.ts')});
    const { CheckpointLog } = await import(${module('src/stores/checkpoint-log.ts')});
    const { objects, artifacts } = openStores({ home: 'home' });
    const { parts } = await prepareData({
      job: ${JSON.stringify(jobOf({ data }))},
      workFolder: process.cwd(),
      save: (path, mediaType) => artifacts.putFile(path, mediaType),
      pathOf: (ref) => artifacts.localPath(ref),
      log: await CheckpointLog.claim(objects, 'r/prepare', {}),
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    const rows = parts.fit.rows + parts.validation.rows + parts.test.rows;
    // Linux takes a process to have been as large as the one that started it, but here.
    const { readFileSync } = await import('node:fs');
    const peakKib = process.platform === 'linux'
      ? Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
      : process.resourceUsage().maxRSS;
    console.log(JSON.stringify({ rows, residentMib: peakKib / 1024 }));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      `--max-old-space-size=${HEAP_MIB}`,
      ...['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script],
    ],
    { cwd: folder },
  );
  const { rows, residentMib } = JSON.parse(stdout) as { rows: number; residentMib: number };
  expect(rows).toBe(ROWS);
  expect(residentMib).toBeLessThan(MOST_RESIDENT_MIB);
});
