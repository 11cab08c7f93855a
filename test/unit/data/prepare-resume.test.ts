import { appendFile, mkdtemp, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { type PrepareOptions, prepareData } from '../../../src/ml/data/prepare.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/ml/training/snapshot.ts';
import type { Job, JobInput } from '../../../src/schemas/job.ts';
import type { PreparationState } from '../../../src/schemas/preparation-state.ts';
import type { PreparedData } from '../../../src/schemas/prepared-data.ts';
import { CheckpointLog } from '../../../src/stores/checkpoint-log.ts';
import { openStores } from '../../../src/stores/index.ts';
import { fingerprint } from '../../contract/checkpoint-log-contract.ts';
import { jobOf } from '../../support/jobs.ts';
import { writeParquet } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('prepare-resume');
const LOG = 'run/prepare-0123';
const CHUNK = 100;
const ROWS = 530;

const header = ['id', 'größe', 'joined', 'note', 'house', 'part', 'y'] as const;

/** Numbers, dates, texts with every awkward sign, gaps, and rows that stand there twice. */
function residents(rows: number, seed = 1): string[][] {
  const random = new RandomStream(seed, 'test-resume');
  const all: string[][] = [];
  for (let i = 0; i < rows; i++) {
    const twice = all[i - 40];
    if (twice !== undefined && i % 53 === 0) {
      all.push(twice);
      continue;
    }
    const size = random.normal() * 1e3;
    all.push([
      `${i + 1}`,
      random.below(9) === 0 ? '' : `${size}`,
      new Date(Date.UTC(2020, 0, 1 + random.below(900))).toISOString().slice(0, 10),
      ['straße, 都市', 'two\r\nlines', 'a "quote"', '😀', 'NA'][random.below(5)] as string,
      `h${random.below(30)}`,
      ['train', 'train', 'validation', 'test'][random.below(4)] as string,
      size + 900 * random.normal() > 0 ? 'stays' : 'leaves',
    ]);
  }
  return all;
}

const rows = residents(ROWS);
const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const lines = (cells: readonly (readonly string[])[]) =>
  cells.map((row) => row.map(quoted).join(','));

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

const plain = await write('plain.csv', `${lines([[...header], ...rows]).join('\n')}\n`);
/** A mark, CRLF, blank lines, and no end of the last line. */
const awkward = await write(
  'awkward.csv',
  `\ufeff\r\n${lines([[...header], ...rows])
    .map((line, i) => (i % 7 === 3 ? `${line}\r\n` : line))
    .join('\r\n')}`,
);
const headless = await write('headless.csv', `${lines(rows).join('\n')}\n`);
const testFile = await write(
  'test.csv',
  `${lines([[...header], ...residents(250, 2)]).join('\n')}\n`,
);
const parquet = await writeParquet(
  join(folder, 'table.parquet'),
  `select * from read_csv('${plain}', all_varchar = true)`,
  'format parquet, row_group_size 2048',
);

/** Free text, and numbers as people write them. */
const written = rows.map(([id = '', size = '', joined = '', , ...others], i) => [
  ...[id, size === '' ? '-' : `${Number(size).toFixed(2).replace('.', ',')} €`, joined],
  ...[`The ${['good', 'bad', 'old'][i % 3]} house no. ${i % 71}, seen ${i} times`, ...others],
]);
const letters = `${lines([[...header], ...written]).join('\n')}\n`;
const packed = join(folder, 'letters.csv.gz');
await writeFile(packed, gzipSync(Buffer.from(`\ufeff${letters}`, 'utf16le')));
const several = await Promise.all(
  [0, 37, 240, 241].map((from, i, all) =>
    write(
      `part-${i}.csv`,
      `${lines([[...header], ...written.slice(from, all[i + 1])]).join('\n')}\n`,
    ),
  ),
);
const objects = await write(
  'objects.jsonl',
  written
    .map((cells) => JSON.stringify(Object.fromEntries(header.map((name, i) => [name, cells[i]]))))
    .join('\n'),
);

class Killed extends Error {}

/** Prepares into a home folder, as a process that knows nothing but what lies there. */
class Attempt {
  /** Of each chunk that was read, its pass and its end. */
  readonly chunks: string[] = [];
  states = 0;

  /** @param killAfter states, upon which the attempt dies */
  async run(
    home: string,
    job: Job,
    { killAfter, ...more }: { killAfter?: number; chunkRows?: number } = {},
  ): Promise<PreparedData> {
    const { objects, artifacts } = openStores({ home });
    const log = await CheckpointLog.claim(objects, LOG, fingerprint);
    const prepared = await prepareData({
      job,
      workFolder: await mkdtemp(join(home, 'work-')),
      save: (path, mediaType) => artifacts.putFile(path, mediaType),
      pathOf: (ref) => artifacts.localPath(ref),
      onProgress: ({ pass, rows }) => this.chunks.push(`${pass} ${rows}`),
      signal: new AbortController().signal,
      chunkRows: CHUNK,
      log: dying(log, () => {
        this.states += 1;
        if (this.states === killAfter) throw new Killed();
      }),
      ...more,
    });
    await log.complete(prepared, 0);
    return prepared;
  }
}

/** A log that tells of each state when it is kept. */
const dying = (log: CheckpointLog, onSave: () => void): PrepareOptions['log'] & object => ({
  latest: () => log.latest(),
  attach: (piece) => log.attach(piece),
  attachment: (name) => log.attachment(name),
  async save(state, attached) {
    await log.save(state, attached);
    onSave();
  },
});

const newHome = () => mkdtemp(join(folder, 'home-'));

async function prepareUndisturbed(job: Job): Promise<PreparedData> {
  const home = await newHome();
  return prepareData({
    job,
    workFolder: home,
    save: (path, mediaType) => openStores({ home }).artifacts.putFile(path, mediaType),
    pathOf: (ref) => openStores({ home }).artifacts.localPath(ref),
    onProgress: () => undefined,
    signal: new AbortController().signal,
    chunkRows: CHUNK,
  });
}

/** Of an attempt that reads all: batches are no larger than these chunks. */
const chunksOf = (ends: readonly number[], fitEnds = ends): string[] => [
  ...ends.map((rows) => `scan ${rows}`),
  ...fitEnds.map((rows) => `fit ${rows}`),
  ...ends.map((rows) => `write ${rows}`),
];
const ENDS = [100, 200, 300, 400, 500, ROWS];
const ALL = chunksOf(ENDS);
/** After the last chunk nothing is kept. */
const STATES = ALL.length - 1;

const jobs: readonly (readonly [string, Partial<JobInput>])[] = [
  ['CSV, a random split', { data: plain }],
  ['awkward CSV, a stratified split', { data: awkward, split: { kind: 'stratified' } }],
  ['CSV without a header', { data: headless, target: 'column7', format: { header: false } }],
  ['CSV, a split by time', { data: plain, split: { kind: 'time', column: 'joined' } }],
  ['awkward CSV, a split by groups', { data: awkward, split: { kind: 'group', column: 'house' } }],
  ['CSV, a split by a column', { data: plain, split: { kind: 'column', column: 'part' } }],
  ['CSV, a file of test rows', { data: awkward, split: { kind: 'file', test: testFile } }],
  ['packed UTF-16 with free text', { data: packed }],
  ['several files', { data: several }],
  ['JSON lines', { data: objects }],
  [
    'categories by the target',
    { data: plain, columns: { encodings: { house: 'target', note: 'target' } } },
  ],
  [
    'categories by a number to predict, or in buckets',
    { data: plain, target: 'größe', columns: { encodings: { house: 'target', note: 'hash' } } },
  ],
  ['Parquet, a regression', { data: parquet, target: 'größe', columns: { drop: ['y'] } }],
];

describe.each(jobs)(
  'a preparation that dies after each state comes to the same: %s',
  (_, given) => {
    const job = jobOf(given);
    let undisturbed: PreparedData;
    beforeAll(async () => {
      undisturbed = await prepareUndisturbed(job);
    });

    test('one chunk an attempt', async () => {
      const home = await newHome();
      const chunks: string[] = [];
      let prepared: PreparedData | undefined;
      while (prepared === undefined) {
        const attempt = new Attempt();
        prepared = await attempt.run(home, job, { killAfter: 1 }).catch((error: unknown) => {
          if (error instanceof Killed) return undefined;
          throw error;
        });
        chunks.push(...attempt.chunks);
      }
      expect(prepared).toEqual(undisturbed);
      // Nothing was read twice.
      const withTests = [...ENDS, 630, 730, 780];
      expect(chunks).toEqual(given.split?.kind === 'file' ? chunksOf(withTests, ENDS) : ALL);
      expect(await openStores({ home }).objects.list(`checkpoints/${LOG}/blobs/`)).toEqual([]);
    });
  },
);

test.each([4, 6, 8, 12, 15, STATES])('an attempt goes on after state %i', async (killAfter) => {
  const job = jobOf({ data: awkward });
  const home = await newHome();
  await expect(new Attempt().run(home, job, { killAfter })).rejects.toThrow(Killed);
  const attempt = new Attempt();
  expect(await attempt.run(home, job)).toEqual(await prepareUndisturbed(job));
  expect(attempt.chunks).toEqual(ALL.slice(killAfter));
  expect(attempt.states).toBe(STATES - killAfter);
});

test('shards hold the rows of one part in one chunk', async () => {
  const { parts } = await prepareUndisturbed(jobOf({ data: plain }));
  for (const part of Object.values(parts)) {
    expect(part.shards).toHaveLength(6);
    expect(part.shards.every((shard) => shard.rows <= CHUNK)).toBe(true);
  }
});

describe('a state is not used, and all is read again,', () => {
  const cases: readonly (readonly [string, (data: string, home: string) => Promise<void>])[] = [
    [
      'when the table has another row',
      (data) => appendFile(data, `${lines(rows.slice(0, 1)).join('')}\n`),
    ],
    ['when the table was written again', (data) => utimes(data, 1_000, 1_000)],
    [
      'when a piece of it is gone',
      async (_, home) => {
        const { objects } = openStores({ home });
        for (const { key } of await objects.list(`checkpoints/${LOG}/blobs/`)) {
          const bytes = (await objects.read(key)) as Uint8Array;
          // Of the state the blob is left.
          if (!Buffer.from(bytes).includes('chunkRows')) await objects.remove(key);
        }
      },
    ],
  ];
  test.each(cases)('%s', async (name, change) => {
    const text = `${lines([[...header], ...rows]).join('\n')}\n`;
    const data = await write(`${name.replaceAll(' ', '-')}.csv`, text);
    const job = jobOf({ data });
    const home = await newHome();
    await expect(new Attempt().run(home, job, { killAfter: 9 })).rejects.toThrow(Killed);
    await change(data, home);
    const attempt = new Attempt();
    const prepared = await attempt.run(home, job);
    expect(attempt.chunks[0]).toBe('scan 100');
    expect(attempt.states).toBe(STATES);
    expect(prepared).toEqual(await prepareUndisturbed(job));
  });

  test('when an earlier version has kept it', async () => {
    const home = await newHome();
    const job = jobOf({ data: plain });
    await expect(new Attempt().run(home, job, { killAfter: 9 })).rejects.toThrow(Killed);
    const { objects } = openStores({ home });
    const log = await CheckpointLog.claim(objects, LOG, fingerprint);
    const { document, blobs } = decodeSnapshot((await log.latest())?.state ?? new Uint8Array());
    const earlier = { ...(document as PreparationState), schemaVersion: 1 };
    await log.save(encodeSnapshot(earlier, blobs), []);
    const attempt = new Attempt();
    expect(await attempt.run(home, job)).toEqual(await prepareUndisturbed(job));
    expect(attempt.chunks).toEqual(ALL);
  });

  test('when its chunks are of another size', async () => {
    const home = await newHome();
    const job = jobOf({ data: plain });
    await expect(new Attempt().run(home, job, { killAfter: 9 })).rejects.toThrow(Killed);
    const attempt = new Attempt();
    await attempt.run(home, job, { chunkRows: 50 });
    expect(attempt.chunks[0]).toBe('scan 50');
  });
});

test('of a table that is read in no time nothing is kept', async () => {
  const attempt = new Attempt();
  await attempt.run(await newHome(), jobOf({ data: plain }), { chunkRows: 3 * ROWS });
  expect(attempt.states).toBe(0);
  // Two passes make more than a chunk here, three do not come before the end.
  const other = new Attempt();
  await other.run(await newHome(), jobOf({ data: plain }), { chunkRows: 2 * ROWS });
  expect(other.states).toBe(1);
});

test('a state stays small, however many rows are scanned', async () => {
  const home = await newHome();
  await expect(new Attempt().run(home, jobOf({ data: plain }), { killAfter: 6 })).rejects.toThrow(
    Killed,
  );
  const { objects } = openStores({ home });
  const found = await (await CheckpointLog.claim(objects, LOG, fingerprint)).latest();
  expect(found?.state.byteLength).toBeLessThan(2_000);
});
