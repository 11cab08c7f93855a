/**
 * Preparing a large table, and an epoch of training on it, beside pandas and scikit-learn: peak memory,
 * processor seconds and seconds by the clock.
 *
 *   npm run bench:scale -- [--rows 5000000] [--rounds 1] --python <with pandas and scikit-learn>
 *
 * The table has 20 columns and is made from a seed, so that it has the same bytes everywhere. Each
 * part is a process of its own, and both sides take turns. Where the machine is busy, processor
 * seconds tell more than the clock. Memory is the largest resident set of the process.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { largeTable } from './scale/large-table.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    rounds: { type: 'string', default: '1' },
    python: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const rows = Number(options.rows);
const here = join(import.meta.dirname, 'scale');

const Measured = z.object({ cpuSeconds: z.number(), seconds: z.number(), residentMib: z.number() });
type Measured = z.infer<typeof Measured>;

const PARTS = ['prepare', 'epoch'] as const;
type Part = (typeof PARTS)[number];

const run = promisify(execFile);
const sides: Record<string, (part: Part, data: string, folder: string) => Promise<unknown>> = {
  Sevenfold: (part, data, folder) =>
    run(process.execPath, [
      ...['--import', import.meta.resolve('tsx')],
      ...[join(here, 'sevenfold.ts'), part, data, folder],
    ]),
  ...(options.python !== undefined && {
    'pandas + scikit-learn': (part: Part, data: string, folder: string) =>
      run(options.python as string, [join(here, 'rival.py'), part, data, folder]),
  }),
};

const home = await mkdtemp(join(options.folder, 'sevenfold-scale-'));
const found = new Map<string, Measured[]>();
try {
  const data = join(home, 'table.csv');
  await pipeline(Readable.from(largeTable(rows, 7)), createWriteStream(data));
  const mib = (await stat(data)).size / 2 ** 20;
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
  console.log(`${rows} rows × 20 columns, ${mib.toFixed(0)} MiB of CSV, ${options.rounds} rounds`);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [side, start] of Object.entries(sides)) {
      const folder = join(home, `work-${side.length}`);
      await mkdir(folder);
      for (const part of PARTS) {
        const { stdout } = (await start(part, data, folder)) as { stdout: string };
        const measured = Measured.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
        const name = `${part} | ${side}`;
        found.set(name, [...(found.get(name) ?? []), measured]);
        console.error(name, JSON.stringify(measured));
      }
      await rm(folder, { recursive: true });
    }
  }
} finally {
  await rm(home, { recursive: true, force: true });
}

console.log(
  '| part | by | processor seconds | seconds | peak memory, MiB | rows a processor second |',
);
console.log('|---|---|---|---|---|---|');
for (const [name, measured] of found) {
  const median = (of: keyof Measured) => {
    const sorted = measured.map((each) => each[of]).toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] as number;
  };
  const perSecond = Math.round(rows / median('cpuSeconds')).toLocaleString('en');
  const numbers = (['cpuSeconds', 'seconds', 'residentMib'] as const).map((of) =>
    median(of).toFixed(0),
  );
  console.log(`| ${name} | ${numbers.join(' | ')} | ${perSecond} |`);
}
