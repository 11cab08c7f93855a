import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { defineStep } from '../../src/pipelines/define-step.ts';
import { artifact, file } from '../../src/pipelines/zod-types.ts';

const module = import.meta.url;

/** A table for each value of a column, without that column. Cells must not hold commas. */
export const splitBy = defineStep({
  module,
  name: 'splitBy',
  input: z.object({ table: file(), column: z.string() }),
  output: z.object({
    segments: z.array(z.object({ name: z.string(), table: artifact(), path: z.string() })),
  }),
  async run({ table, column }, { folder, put, path }) {
    const [header = '', ...lines] = (await readFile(table, 'utf8')).trim().split('\n');
    const at = header.split(',').indexOf(column);
    const without = (line: string) => line.split(',').toSpliced(at, 1).join(',');
    const byName = new Map<string, string[]>();
    for (const line of lines) {
      const name = line.split(',')[at] ?? '';
      byName.set(name, [...(byName.get(name) ?? []), line]);
    }
    const segments = [];
    for (const [name, rows] of [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const part = join(folder, `${name}.csv`);
      await writeFile(part, [header, ...rows].map(without).join('\n'));
      const ref = await put(part, 'text/csv');
      segments.push({ name, table: ref, path: await path(ref) });
    }
    return { segments };
  },
});

export const compare = defineStep({
  module,
  name: 'compare',
  input: z.object({
    names: z.array(z.object({ name: z.string() })),
    results: z.array(z.looseObject({ model: z.string(), score: z.number() })),
  }),
  output: z.object({
    table: z.array(z.object({ region: z.string(), model: z.string(), score: z.number() })),
  }),
  run: ({ names, results }) => ({
    table: names.map(({ name }, i) => ({
      region: name,
      model: results[i]?.model ?? '',
      score: results[i]?.score ?? 0,
    })),
  }),
});
