import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PreparationLog } from '../../../src/ml/data/preparation-log.ts';
import { type PrepareOptions, prepareData } from '../../../src/ml/data/prepare.ts';
import { TextCells } from '../../../src/ml/data/text-cells.ts';
import { RowThread, threadsFor } from '../../../src/ml/data/threads/row-threads.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import type { PreparedData } from '../../../src/schemas/prepared-data.ts';
import { openStores } from '../../../src/stores/index.ts';
import { problemOfRejected } from '../../support/input-problem.ts';
import { jobOf } from '../../support/jobs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('prepare-threads');

/** Of a table of several chunks, each of several blocks. */
const ROWS = 36_000;
const CHUNK_ROWS = 16_384;

const header = 'size,number,year,joined,city,house,paid,price,remark,code,part,y';

/** Numbers with gaps, dates, categories, numbers as people write them, texts with every awkward sign. */
function lineOf(row: number, random: RandomStream): string {
  const size = random.normal() * 1e3;
  return [
    random.below(9) === 0 ? '' : `${size}`,
    row % 997,
    (1900 + random.uniform() * 100).toFixed(2),
    new Date(Date.UTC(2020, 0, 1 + random.below(900))).toISOString().slice(0, 10),
    ['Oslo', 'straße, 都市', 'two\r\nlines', 'a "quote"', 'NA'][random.below(5)],
    `h${random.below(300)}`,
    random.below(2) === 0 ? 'yes' : 'no',
    row < 20_000 ? random.below(900) : `${random.below(900)},${10 + random.below(89)} €`,
    `The ${['good', 'bad', 'old'][row % 3]} house no. ${row % 71}, seen ${row} times`,
    row % 53 === 0 ? 'n/a' : random.below(12),
    ['train', 'train', 'validation', 'test'][random.below(4)],
    size + 900 * random.normal() > 0 ? 'stays' : 'leaves',
  ]
    .map(String)
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}

interface Shape {
  /** A line that stands among the others, and the row that it stands before. */
  readonly odd?: readonly [row: number, line: string];
  readonly lineEnd?: string;
  readonly begin?: string;
  readonly end?: string;
}

async function writeTable(name: string, seed: number, rows: number, shape: Shape = {}) {
  const { odd, lineEnd = '\n', begin = '', end = lineEnd } = shape;
  const random = new RandomStream(seed, 'test-threads');
  const lines = Array.from({ length: rows }, (_, row) => lineOf(row, random));
  if (odd !== undefined) lines.splice(odd[0], 0, odd[1]);
  const path = join(folder, name);
  await writeFile(path, `${begin}${[header, ...lines].join(lineEnd)}${end}`);
  return path;
}

// From a blank line on, rows are read by a parser.
const table = await writeTable('table.csv', 1, ROWS, { odd: [33_000, ''] });
const other = await writeTable('other.csv', 2, 900);
const marked = await writeTable('marked.csv', 3, ROWS, {
  ...{ lineEnd: '\r\n', begin: '\ufeff', end: '' },
});

class Killed extends Error {}

/** Keeps what a preparation keeps, and tells of it. */
class Log implements PreparationLog {
  /** Of each state: its bytes, and the names of the pieces that it refers to. */
  readonly states: string[] = [];
  readonly #pieces = new Map<string, Uint8Array>();
  #latest: Uint8Array | null = null;
  killAfter: number | undefined;

  async latest() {
    return this.#latest && { state: this.#latest };
  }

  async attach(piece: Uint8Array) {
    const name = createHash('sha256').update(piece).digest('hex');
    this.#pieces.set(name, Uint8Array.from(piece));
    return name;
  }

  async attachment(name: string) {
    return this.#pieces.get(name) ?? null;
  }

  async save(state: Uint8Array, attached: readonly string[]) {
    this.#latest = Uint8Array.from(state);
    this.states.push([await this.attach(state), ...attached].join(' '));
    if (this.states.length === this.killAfter) throw new Killed();
  }
}

type Options = Partial<PrepareOptions> & { readonly home?: string };

const newHome = () => mkdtemp(join(folder, 'home-'));

async function prepare(given: Partial<JobInput>, { home = '', ...more }: Options) {
  home ||= await newHome();
  const { artifacts } = openStores({ home });
  return prepareData({
    job: jobOf(given),
    workFolder: home,
    save: (path, mediaType) => artifacts.putFile(path, mediaType),
    pathOf: (ref) => artifacts.localPath(ref),
    onProgress: () => undefined,
    signal: new AbortController().signal,
    chunkRows: CHUNK_ROWS,
    ...more,
  });
}

const jobs: readonly (readonly [string, Partial<JobInput>])[] = [
  [
    'classes, a stratified split, categories by the target',
    { data: table, split: { kind: 'stratified' }, columns: { encodings: { house: 'target' } } },
  ],
  [
    'a number, a split by a column, two files',
    { data: [table, other], target: 'year', split: { kind: 'column', column: 'part' } },
  ],
  [
    'a mark, CRLF and no last line end; a file of test rows',
    { data: marked, split: { kind: 'file', test: other } },
  ],
];

describe.each(jobs)('with any number of threads the same is prepared: %s', (_, given) => {
  let alone: PreparedData;
  const log = new Log();
  beforeAll(async () => {
    alone = await prepare(given, { threads: 1, log });
  });

  test.each([2, 3])('%i', async (threads) => {
    const own = new Log();
    expect(await prepare(given, { threads, log: own })).toEqual(alone);
    expect(own.states).toEqual(log.states);
  });

  test('another number in each attempt', async () => {
    const home = await newHome();
    const own = new Log();
    const attempt = (threads: number, killAfter?: number) => {
      own.killAfter = killAfter;
      return prepare(given, { threads, log: own, home });
    };
    // In the scan, in the fit and where rows are written.
    for (const [threads, killAfter] of [
      [3, 1],
      [2, 4],
      [1, 5],
      [3, log.states.length - 1],
    ] as const) {
      await expect(attempt(threads, killAfter)).rejects.toThrow(Killed);
    }
    expect(await attempt(2)).toEqual(alone);
    expect(own.states.length).toBe(log.states.length);
  });
});

test.each([
  ['1,2,3', 'as many fields in each row as in the first; line LINE has 3'],
  ['a"b,,,,,,,,,,,', 'well-formed CSV; line LINE: Invalid Opening Quote'],
])('a row such as %s is refused with its line by any number of threads', async (odd, expected) => {
  const row = 19_000;
  const data = await writeTable(`odd-${odd.length}.csv`, 4, 20_000, { odd: [row, odd] });
  const before = (await readFile(data, 'utf8')).split(`\n${odd}\n`)[0] ?? '';
  // As a parser counts them: both signs of a line end that stands in a cell.
  const line = before.split(/[\r\n]/).length + 1;
  for (const threads of [1, 2, 3]) {
    expect(await problemOfRejected(prepare({ data }, { threads }))).toMatchObject({
      code: 'MalformedCsv',
      expected: expect.stringContaining(expected.replace('LINE', `${line}`)),
    });
  }
});

test('of two faults the first is told of, by any number of threads', async () => {
  const data = await writeTable('two-faults.csv', 5, 20_000, { odd: [1_000, '1,2,3'] });
  await appendFile(data, Buffer.from('Z\xfcrich,2\n', 'latin1'));
  for (const threads of [1, 2, 3]) {
    const problem = await problemOfRejected(prepare({ data }, { threads }));
    expect(problem).toMatchObject({ code: 'MalformedCsv' });
  }
});

test('a preparation that is stopped ends at once, its threads with it', async () => {
  const stop = new AbortController();
  const stopped = prepare(jobs[0]?.[1] ?? {}, {
    threads: 2,
    signal: stop.signal,
    onProgress: ({ rows }) => {
      if (rows > 20_000) stop.abort();
    },
  });
  await expect(stopped).rejects.toThrow('aborted');
  expect(process.getActiveResourcesInfo()).not.toContain('Worker');
});

test('a thread tells of what goes wrong, and does nothing after its end', async () => {
  const thread = new RowThread();
  const encode = () =>
    thread.ask('encode', {
      cells: TextCells.ofStrings([]),
      columns: [],
      of: { start: 0, parts: new Uint8Array(), targets: new Float64Array() },
    });
  await expect(encode()).rejects.toThrow('no transform');
  await thread.end();
  await expect(encode()).rejects.toThrow('ended');
});

test('small tables are not worth another thread', () => {
  expect(threadsFor(2 ** 24, 8)).toBe(1);
  expect(threadsFor(2 ** 26, 2)).toBe(2);
  expect(threadsFor(2 ** 30, 64)).toBe(4);
});
