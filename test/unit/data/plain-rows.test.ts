import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTable } from '../../../src/ml/data/open-table.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { collect } from '../../support/collect.ts';
import { cellsOf } from '../../support/column-profiles.ts';
import { problemOfRejected } from '../../support/input-problem.ts';
import { jobOf } from '../../support/jobs.ts';
import { readAll } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('plain-rows');
let files = 0;

async function open(text: string, format: JobInput['format'] = {}) {
  files += 1;
  const path = join(folder, `${files}.csv`);
  await writeFile(path, text);
  return openTable(path, jobOf({ format }).format);
}

const plain = (i: number) => [`${i}`, `größe ${'é'.repeat(i % 13)}`, i % 5 === 0 ? '' : '都市'];
const line = (i: number) => plain(i).join(',');

/** What stands in the middle of plain rows, and what it is read as. */
const odd: readonly (readonly [string, string, readonly string[][]])[] = [
  ['a quoted separator', '7,"a,b",x', [['7', 'a,b', 'x']]],
  ['a quoted line end', '7,"a\nb",x', [['7', 'a\nb', 'x']]],
  ['a blank line', '', []],
  ['a line of separators at the end', '7,a,b,,', [['7', 'a', 'b']]],
];

describe.each(['\n', '\r\n'])('text of lines that end in %j', (end) => {
  test.each(odd)('is read alike before and after %s', async (_, found, read) => {
    const quoted = found.replaceAll('\n', end);
    const rows = cellsOf(40, line);
    const table = await open(['a,b,c', ...rows.with(22, quoted), ''].join(end));
    const expected = cellsOf(40, plain);
    expected.splice(22, 1, ...read.map((cells) => cells.map((each) => each.replaceAll('\n', end))));
    expect(await readAll(table)).toEqual(expected);
    const batches = await collect(table.batches({ batchRows: 7 }));
    expect(batches.slice(0, -1).every((batch) => batch.rows.length === 7)).toBe(true);
    let before = 0;
    for (const { rows: own, end: place } of batches) {
      before += own.length;
      const rest = await collect(table.batches({ from: place, batchRows: 7 }));
      expect(rest.flatMap((batch) => batch.rows)).toEqual(expected.slice(before));
    }
  });

  test('is refused with the line of a row that has other fields', async () => {
    const table = await open(['a,b,c', ...cellsOf(900, line).with(700, '1,2'), ''].join(end));
    expect(await problemOfRejected(readAll(table))).toMatchObject({
      code: 'MalformedCsv',
      expected: expect.stringContaining('line 702 has 2'),
    });
  });
});

test('places are those that a parser tells', async () => {
  const places = async (header: string) => {
    const table = await open([header, ...cellsOf(30, line), ''].join('\n'));
    return (await collect(table.batches({ batchRows: 4 }))).map(({ end }) => end);
  };
  // A quote in the first row has a parser read all of them.
  const parsed = await places('"a",b,c');
  expect(await places('aaa,b,c')).toEqual(parsed);
});
