/**
 * Speed of training beside Keras and PyTorch: the same models, data, optimizer and batches.
 *
 *   npm run bench:training -- [--rounds 5] [--seconds 1] [--only "GRU text, 64 tokens;2-D CNN, 28×28"] [--batches 32,256] [--rows 2048]
 *     [--threads 1,2] [--ways "Sevenfold;Keras fit"] [--device gpu] [--python <with the rivals>]
 *
 * Each way to train has a process of its own, once with one thread and once with all cores. They
 * take turns, so that what else the machine does meets all alike; a median over the turns is told,
 * of the better thread setting of each. Where the machine is busy, rows per second of processor time
 * tell more than rows per second. At the end stands how much faster than Keras and PyTorch Sevenfold
 * was: by case, and as the geometric mean of all cases.
 *
 * With `--device gpu` all train on the machine's first GPU, which takes `npm run setup -- --gpu`; the
 * share of the peak is then of the GPU's, by the clock. Sevenfold has there what its workers set, which
 * is to come to the same bits each time; nobody has TF32.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import { gpuEnvironment, listGpus } from '../src/workers/compute/gpus.ts';
import { type Case, cases, dataOf, flopsPerRow } from './training/cases.ts';
import { Contender, type ContenderOptions } from './training/contender.ts';
import { ensureRivals } from './training/rivals.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
    batches: { type: 'string' },
    /** At most, of each case: for machines that are busy. */
    rows: { type: 'string' },
    threads: { type: 'string', default: `1,${cpus().length}` },
    ways: { type: 'string' },
    device: { type: 'string', default: 'cpu' },
    python: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const OURS = 'Sevenfold';
const KERAS = ['Keras fit', 'Keras fit, XLA'];
const TORCH = ['PyTorch', 'torch.compile'];
const here = join(import.meta.dirname, 'training');
const isOnGpu = options.device === 'gpu';
const gpu = isOnGpu ? (await listGpus())[0] : undefined;
if (isOnGpu && gpu === undefined) throw new Error('This machine has no GPU.');
const { TF_DETERMINISTIC_OPS, ...forAll } = gpuEnvironment(gpu);
const forOurs = { ...(TF_DETERMINISTIC_OPS !== undefined && { TF_DETERMINISTIC_OPS }) };
const MATMUL = isOnGpu ? 8_192 : 1_024;
const python = options.python ?? (await ensureRivals(readConfig(), (text) => console.error(text)));
const folder = await mkdtemp(join(tmpdir(), 'sevenfold-bench-'));
const contenders = ways().map((way) => new Contender(way));
const NAMES = [...new Set(contenders.map(({ name }) => name))];

/** What was measured of one contender in one case. */
interface Result {
  readonly contender: Contender;
  readonly firstSeconds: number;
  readonly loss: number;
  readonly note: string;
  readonly rowsPerSecond: number[];
  readonly rowsPerCpuSecond: number[];
}

/** Quotients of our speed and those of rivals. */
interface Comparison {
  readonly given: Case;
  /** To the better of all rivals. */
  readonly byCpu: number;
  readonly byClock: number;
  /** By the clock. */
  readonly toKeras: number;
  readonly toTorch: number;
}

try {
  const flops = await peakFlops();
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
  for (const [threads, peak] of flops) {
    console.log(
      `matmul ${MATMUL} × ${MATMUL}, ${threads} threads: ${(peak / 1e9).toFixed(0)} GFLOP per ${isOnGpu ? '' : 'CPU '}second`,
    );
  }
  const comparisons: Comparison[] = [];
  for (const given of cases.filter(isWanted).map(shortened)) {
    const results = await measure(given);
    print(given, results, flops);
    comparisons.push(...compare(given, results));
  }
  printComparisons(comparisons);
  for (const contender of contenders) {
    const { peakMiB } = await contender.ask({ kind: 'close' });
    console.log(
      `${contender.name}, ${contender.threads} threads: ${peakMiB.toFixed(0)} MiB at most`,
    );
  }
} finally {
  await Promise.all(contenders.map((contender) => contender.end()));
  await rm(folder, { recursive: true, force: true });
}

function ways(): ContenderOptions[] {
  const all = options.threads
    .split(',')
    .map(Number)
    .flatMap((threads) => {
      const environment = {
        OMP_NUM_THREADS: String(threads),
        TF_CPP_MIN_LOG_LEVEL: '2',
        ...forAll,
        PYTHONDONTWRITEBYTECODE: '1',
      };
      const withinOps = {
        environment: { ...environment, TF_NUM_INTRAOP_THREADS: String(threads) },
      };
      // As workers have it: a thread does a part of the rows.
      const betweenOps = {
        environment: { ...environment, ...forOurs, TF_NUM_INTEROP_THREADS: String(threads) },
      };
      const sevenfold = (mode: string) => [
        process.execPath,
        ...['--import', import.meta.resolve('tsx'), join(here, 'sevenfold.ts'), mode],
      ];
      const script = (name: string, ...args: string[]) => [python, join(here, name), ...args];
      const torch = (mode: string) =>
        script('torch_loop.py', mode, String(threads), isOnGpu ? 'cuda' : 'cpu');
      return [
        {
          name: 'Sevenfold op by op',
          command: sevenfold('op-by-op'),
          environment: { ...withinOps.environment, ...forOurs },
        },
        { name: OURS, command: sevenfold('graph'), ...betweenOps },
        { name: 'Keras fit', command: script('keras_fit.py', 'plain'), ...withinOps },
        { name: 'Keras fit, XLA', command: script('keras_fit.py', 'jit'), ...withinOps },
        { name: 'PyTorch', command: torch('eager'), ...withinOps },
        { name: 'torch.compile', command: torch('compile'), ...withinOps },
      ].map((way) => ({ ...way, threads }));
    });
  return all.filter(({ name }) => options.ways?.split(';').includes(name) ?? true);
}

/**
 * Best of ten products in each thread setting, as TensorFlow does them in Sevenfold: operations per
 * second of processor time, or of the clock on a GPU.
 */
async function peakFlops(): Promise<Map<number, number>> {
  const peaks = new Map<number, number>();
  for (const contender of contenders.filter(({ name }) => name === OURS)) {
    const peak = await contender.ask({ kind: 'matmul', size: MATMUL });
    peaks.set(contender.threads, isOnGpu ? peak.flopsPerSecond : peak.flopsPerCpuSecond);
  }
  return peaks;
}

async function measure(given: Case): Promise<Result[]> {
  const { features, targets } = dataOf(given);
  const [featuresPath, targetsPath] = [join(folder, 'features'), join(folder, 'targets')];
  await writeFile(featuresPath, features);
  await writeFile(targetsPath, targets);
  const results: Result[] = [];
  for (const contender of contenders) {
    try {
      const order = {
        kind: 'open',
        case: given,
        features: featuresPath,
        targets: targetsPath,
      } as const;
      const opened = await contender.ask(order);
      results.push({ contender, ...opened, rowsPerSecond: [], rowsPerCpuSecond: [] });
    } catch (error) {
      console.log(`${contender.name}, ${contender.threads} threads: ${String(error)}`);
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const result of results) {
      const {
        rows,
        seconds: wall,
        cpuSeconds,
      } = await result.contender.ask({ kind: 'measure', seconds });
      result.rowsPerSecond.push(rows / wall);
      result.rowsPerCpuSecond.push(rows / cpuSeconds);
    }
  }
  for (const { contender } of results) await contender.ask({ kind: 'close' });
  return results;
}

/** Nothing where no rival has run, or not ours. */
function compare(given: Case, results: readonly Result[]): Comparison[] {
  const best = (names: readonly string[], speeds: (result: Result) => readonly number[]) => {
    const wanted = results.filter(({ contender }) => names.includes(contender.name));
    // None of them may have run.
    return wanted.length === 0
      ? Number.NaN
      : Math.max(...wanted.map((result) => median(speeds(result))));
  };
  const quotient = (rivals: readonly string[], speeds: (result: Result) => readonly number[]) =>
    best([OURS], speeds) / best(rivals, speeds);
  const clock = ({ rowsPerSecond }: Result) => rowsPerSecond;
  const rivals = [...KERAS, ...TORCH];
  const byCpu = quotient(rivals, ({ rowsPerCpuSecond }) => rowsPerCpuSecond);
  const byClock = quotient(rivals, clock);
  const [toKeras, toTorch] = [quotient(KERAS, clock), quotient(TORCH, clock)];
  return Number.isFinite(byCpu) ? [{ given, byCpu, byClock, toKeras, toTorch }] : [];
}

function printComparisons(comparisons: readonly Comparison[]): void {
  if (comparisons.length === 0) return;
  const kinds = ['byCpu', 'byClock', 'toKeras', 'toTorch'] as const;
  console.log('\n**Sevenfold to others**\n');
  console.log(
    '| | batch | the better, by CPU second | the better, by the clock | Keras, by the clock | PyTorch, by the clock |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const { given, ...quotients } of comparisons) {
    const cells = kinds.map((kind) => ratio(quotients[kind]));
    console.log(`| ${[given.name, given.batchSize, ...cells].join(' | ')} |`);
  }
  const means = kinds.map((kind) =>
    ratio(geometricMean(comparisons.map((comparison) => comparison[kind]))),
  );
  console.log(`| geometric mean | | ${means.join(' | ')} |`);
}

function print(given: Case, results: readonly Result[], flops: ReadonlyMap<number, number>): void {
  console.log(`\n**${given.name}, batch ${given.batchSize}**\n`);
  console.log(
    '| | rows/s | threads | rows per CPU second | first step, s | loss | of matmul peak |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const name of NAMES) {
    const own = results.filter(({ contender }) => contender.name === name);
    const [best] = own.toSorted((a, b) => median(b.rowsPerSecond) - median(a.rowsPerSecond));
    if (best === undefined) continue;
    const speed = median(best.rowsPerSecond);
    const perCpuSecond = median(best.rowsPerCpuSecond);
    const peak = flops.get(best.contender.threads) ?? Number.NaN;
    const cells = [
      name,
      thousands(speed),
      best.contender.threads,
      thousands(perCpuSecond),
      best.firstSeconds.toFixed(2),
      best.loss.toPrecision(3),
      percent(((isOnGpu ? speed : perCpuSecond) * flopsPerRow(given)) / peak),
    ];
    console.log(`| ${cells.join(' | ')} |`);
    const without = own.find(({ note }) => name === OURS && note !== 'graph');
    if (without !== undefined) {
      // The other cases are still worth their figures.
      console.log(`\n${name} ran no graph. ${without.note}\n`);
      process.exitCode = 1;
    }
  }
}

function shortened(given: Case): Case {
  return { ...given, rows: Math.min(given.rows, Number(options.rows ?? given.rows)) };
}

function isWanted({ name, batchSize }: Case): boolean {
  const { only = name, batches } = options;
  return (
    only.split(';').includes(name) && (batches?.split(',').map(Number).includes(batchSize) ?? true)
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function percent(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(0)} %`;
}

function ratio(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(2);
}

function thousands(value: number): string {
  const digits = value < 10_000 ? 2 : value < 100_000 ? 1 : 0;
  return `${(value / 1000).toFixed(digits)}k`;
}
