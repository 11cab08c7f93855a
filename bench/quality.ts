/**
 * Test scores of Sevenfold on a folder of data sets, beside the baselines recorded there.
 *
 *   npm run bench:quality -- --data <folder> [--seeds 5] [--first-seed 0] [--sets a,b]
 *     [--budget 30trials] [--keep <file>]
 *
 * `bench/quality/more_sets.py` makes such a folder of tables that ship with Python packages, and
 * `bench/quality/rivals.py` the baselines of tables.
 *
 * With `--keep`, each run's result is a line of that file, and a run that it has is not made again: a
 * measurement of hours can be made in parts.
 *
 * The folder holds `manifest.json`, `BASELINES.md` and a folder per set with `train.csv` and
 * `test.csv`, or for images `split.csv`, whose column `split` says which rows test. Baselines come as
 * single scores, so their bootstrap interval is taken to be as wide as that of Sevenfold's own median
 * run on the same test rows.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { LifecycleResult } from '../src/schemas/run.ts';

const Manifest = z.object({
  sets: z.array(
    z.object({
      name: z.string(),
      modality: z.string(),
      task: z.enum(['regression', 'binary', 'multiclass']),
      target: z.string().nullish(),
      metric: z.string(),
      notes: z.string().nullish(),
    }),
  ),
});
type DataSet = z.infer<typeof Manifest>['sets'][number];

/** Columns of the baselines that count; the trivial one does not. */
const RIVALS = [
  ...['linear/logistic', 'ridge/SVC/NB', 'RF', 'HGB', 'sk MLP', 'Keras'],
  ...['FLAML 60s', 'AutoGluon ≤60s'],
];

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['SEVENFOLD_DATA'] ?? '' },
    seeds: { type: 'string', default: '5' },
    'first-seed': { type: 'string', default: '0' },
    sets: { type: 'string' },
    budget: { type: 'string' },
    keep: { type: 'string' },
  },
});
if (options.data === '') {
  console.log('skipped: no folder of data sets given (--data <folder> or SEVENFOLD_DATA)');
  process.exit(0);
}

const folder = resolve(options.data);
const launcher = resolve(import.meta.dirname, '../bin/sevenfold.js');
const home = await mkdtemp(join(tmpdir(), 'sevenfold-quality-'));
const environment = { ...process.env, SEVENFOLD_HOME: home };
const command = (...args: string[]) =>
  promisify(execFile)(process.execPath, [launcher, ...args], {
    env: environment,
    maxBuffer: 64 * 2 ** 20,
  });

/** A run's result as `--keep` has it. */
const Kept = z.object({
  set: z.string(),
  seed: z.int(),
  budget: z.string(),
  result: LifecycleResult.loose(),
});
const kept = await readKept(options.keep);

const { sets } = Manifest.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
const baselines = parseBaselines(await readFile(join(folder, 'BASELINES.md'), 'utf8'));
const chosen = sets.filter(
  ({ name, modality }) =>
    ['tabular', 'text', 'image'].includes(modality) &&
    (options.sets === undefined || options.sets.split(',').includes(name)),
);

console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
console.log('| set | metric | median | seeds | interval | rival | its interval | holds | s/run |');
console.log('|---|---|---|---|---|---|---|---|---|');
let failures = 0;
/** By column, its rank in each set that it has a score of. */
const ranks = new Map<string, number[]>();
try {
  for (const set of chosen) {
    const row = await measure(set);
    if (!row.holds) failures += 1;
    console.log(row.text);
  }
} finally {
  await command('down');
  await rm(home, { recursive: true, force: true });
}
printRanks();
console.log(failures === 0 ? 'every set holds' : `${failures} sets fall short`);
process.exitCode = failures === 0 ? 0 : 1;

async function measure(set: DataSet): Promise<{ holds: boolean; text: string }> {
  const runs: LifecycleResult[] = [];
  const first = Number(options['first-seed']);
  for (let seed = first; seed < first + Number(options.seeds); seed++) {
    runs.push(await runOrKept(set, seed));
  }
  const sorted = runs.toSorted((a, b) => a.score - b.score);
  const median = sorted[Math.floor(sorted.length / 2)] as LifecycleResult;
  const minimise = set.metric === 'rmse';
  noteRanks(set, runs.reduce((sum, { score }) => sum + score, 0) / runs.length, minimise);
  const rival = bestRival(set, minimise);
  const interval = {
    low: rival.score + median.interval.low - median.score,
    high: rival.score + median.interval.high - median.score,
  };
  const holds = minimise ? median.score <= interval.high : median.score >= interval.low;
  const seconds = runs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length;
  const show = (value: number) => value.toFixed(4);
  const text = [
    set.name,
    set.metric,
    show(median.score),
    sorted.map(({ score }) => show(score)).join(' '),
    `${show(median.interval.low)}–${show(median.interval.high)}`,
    `${rival.name} ${rival.score}`,
    `${show(interval.low)}–${show(interval.high)}`,
    holds ? 'yes' : 'NO',
    seconds.toFixed(1),
  ];
  return { holds, text: `| ${text.join(' | ')} |` };
}

/** Equal columns share the mean of their places. */
function noteRanks({ name }: DataSet, own: number, minimise: boolean): void {
  const scores = new Map([...scoresOf(name), ['Sevenfold', own] as const]);
  const values = [...scores.values()];
  for (const [column, score] of scores) {
    const better = values.filter((other) => (minimise ? other < score : other > score)).length;
    const equal = values.filter((other) => other === score).length;
    ranks.set(column, [...(ranks.get(column) ?? []), better + (equal + 1) / 2]);
  }
}

function printRanks(): void {
  const means = [...ranks].map(([column, places]) => {
    const mean = places.reduce((sum, place) => sum + place, 0) / places.length;
    return { mean, text: `${column} ${mean.toFixed(2)} (${places.length} sets)` };
  });
  means.sort((a, b) => a.mean - b.mean);
  console.log(`mean ranks, by the mean of the seeds: ${means.map(({ text }) => text).join(', ')}`);
}

async function readKept(file: string | undefined): Promise<z.infer<typeof Kept>[]> {
  if (file === undefined || !existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => Kept.parse(JSON.parse(line)));
}

async function runOrKept(set: DataSet, seed: number): Promise<LifecycleResult> {
  const key = { set: set.name, seed, budget: options.budget ?? 'default' };
  const found = kept.find(
    (each) => each.set === key.set && each.seed === seed && each.budget === key.budget,
  );
  if (found !== undefined) return found.result;
  const result = await run(set, seed);
  if (options.keep !== undefined) {
    await appendFile(options.keep, `${JSON.stringify({ ...key, result })}\n`);
  }
  return result;
}

async function run(set: DataSet, seed: number): Promise<LifecycleResult> {
  const { metric, positive } = metricOf(set);
  const { stdout } = await command(
    'run',
    ...sourceOf(set),
    ...['--name', `${set.name.replaceAll('_', '-')}-${seed}`],
    ...['--seed', String(seed)],
    ...['--set', `metric=${metric}`, '--set', `task=${set.task}`],
    ...(positive === undefined ? [] : ['--set', `positiveClass=${positive}`]),
    ...(options.budget === undefined ? [] : ['--budget', options.budget]),
    '--json',
  );
  const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown;
  return LifecycleResult.loose().parse(last);
}

function sourceOf({ name, modality, target }: DataSet): string[] {
  const file = (base: string) => join(folder, name, base);
  if (modality === 'image') {
    const split = ['--set', 'split.kind=column', '--set', 'split.column=split'];
    return ['--data', file('split.csv'), '--target', 'label', ...split];
  }
  return [
    ...['--data', file('train.csv'), '--test-data', file('test.csv')],
    ...['--target', target ?? ''],
  ];
}

/** `f1_spam` is F1 with `spam` as the positive class. */
function metricOf({ metric, notes }: DataSet): { metric: string; positive: string | undefined } {
  const [, ofClass] = /^f1_(?!macro$|weighted$)(.+)$/.exec(metric) ?? [];
  const told = /positive class (\S+)/.exec(notes ?? '')?.[1];
  return ofClass === undefined ? { metric, positive: told } : { metric: 'f1', positive: ofClass };
}

function bestRival({ name }: DataSet, minimise: boolean): { name: string; score: number } {
  const scores = [...scoresOf(name)].map(([rival, score]) => ({ name: rival, score }));
  scores.sort((a, b) => (minimise ? a.score - b.score : b.score - a.score));
  if (scores[0] === undefined) throw new Error(`BASELINES.md has no rival for ${name}`);
  return scores[0];
}

/** Of the rivals that have a score in a set. */
function scoresOf(set: string): Map<string, number> {
  return new Map([...(baselines.get(set) ?? [])].filter(([column]) => RIVALS.includes(column)));
}

/** The first table of BASELINES.md: set → column → score. */
function parseBaselines(markdown: string): Map<string, Map<string, number>> {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => line.startsWith('| set |'));
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const header = cells(lines[start] ?? '');
  const table = new Map<string, Map<string, number>>();
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    const [name, ...rest] = cells(line);
    const scores = rest.flatMap((cell, index): [string, number][] => {
      const score = Number.parseFloat(cell);
      return Number.isNaN(score) ? [] : [[header[index + 1] ?? '', score]];
    });
    table.set(name ?? '', new Map(scores));
  }
  return table;
}
