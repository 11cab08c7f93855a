/** Bins of a column's values at most, and rows of a bin at least. */
const MOST_BINS = 64;
const ROWS_PER_BIN = 8;
/** A share of right answers, or of variance explained, that real columns hardly reach. */
const NEARLY_ALL = { accuracy: 0.98, variance: 0.99 } as const;
/** Of the errors that the most frequent class makes, at most this share is left. */
const ERRORS_LEFT = 0.1;
/** Rows of other classes than the most frequent one, for an accuracy to say something. */
const FEWEST_OTHERS = 10;

/**
 * How well one column predicts the target by itself: what is learnt of half the rows (the most
 * frequent class or the mean of each bin of values, or a straight line) is tried on the others.
 * @param values [rows] NaN where missing
 * @param targets [rows] values, or indices of classes
 * @param classes 0 for regression
 * @returns accuracy or R² where that is nearly perfect, else null
 */
export function predictability(
  values: Float64Array,
  targets: Float64Array,
  classes: number,
): number | null {
  const [learnt, tried] = [0, 1].map((half) => ({
    values: values.filter((_, row) => halfOf(row) === half),
    targets: targets.filter((_, row) => halfOf(row) === half),
  })) as [Half, Half];
  return classes > 0 ? byClass(learnt, tried, classes) : byValue(learnt, tried);
}

/** By Knuth's multiplicative hash, because every second row may be every second month. */
const halfOf = (row: number): number => (Math.imul(row + 1, 2_654_435_761) >>> 15) & 1;

interface Half {
  readonly values: Float64Array;
  readonly targets: Float64Array;
}

function byClass(learnt: Half, tried: Half, classes: number): number | null {
  const binOf = layBins(learnt.values);
  const counts = new Map<number, number[]>();
  const all = Array.from({ length: classes }, () => 0);
  learnt.values.forEach((value, row) => {
    const code = learnt.targets[row] as number;
    const bin = binOf(value);
    const own = counts.get(bin) ?? all.map(() => 0);
    own[code] = (own[code] as number) + 1;
    counts.set(bin, own);
  });
  for (const code of learnt.targets) all[code] = (all[code] as number) + 1;
  const usual = mostFrequent(all);
  const best = new Map([...counts].map(([bin, own]) => [bin, mostFrequent(own)]));
  const ofBin: Predict = (value) => best.get(binOf(value)) ?? usual;
  let nearest: Predict | undefined;
  // A bin in which one class ends and the next begins is wrong about some; a neighbour is not.
  const ofNeighbour: Predict = (value) => {
    if (Number.isNaN(value)) return ofBin(value);
    nearest ??= nearestValue(learnt);
    return nearest(value);
  };
  const others = tried.targets.filter((code) => code !== usual).length;
  const rows = tried.values.length;
  const most = (1 - NEARLY_ALL.accuracy) * rows + 1;
  const right = Math.max(countRight(tried, ofBin, most), countRight(tried, ofNeighbour, most));
  const isPerfect =
    right >= NEARLY_ALL.accuracy * rows &&
    others >= FEWEST_OTHERS &&
    rows - right <= ERRORS_LEFT * others;
  return isPerfect ? right / rows : null;
}

/** Right answers; those before there were so many wrong ones, if there are. */
function countRight({ values, targets }: Half, predict: Predict, mostWrong: number): number {
  let right = 0;
  for (let row = 0; row < values.length && row - right <= mostWrong; row++) {
    if (predict(values[row] as number) === targets[row]) right += 1;
  }
  return right;
}

/** The target that stands beside the nearest value. */
function nearestValue({ values, targets }: Half): Predict {
  const order = [...values.keys()]
    .filter((row) => !Number.isNaN(values[row]))
    .sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  const valueAt = (place: number) => values[order[place] as number] as number;
  return (value) => {
    let [low, high] = [0, order.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (valueAt(middle) < value) low = middle + 1;
      else high = middle;
    }
    const isBelowNearer = low > 0 && value - valueAt(low - 1) < valueAt(low) - value;
    return targets[order[isBelowNearer ? low - 1 : low] as number] as number;
  };
}

const mostFrequent = (counts: readonly number[]): number => counts.indexOf(Math.max(...counts));

function byValue(learnt: Half, tried: Half): number | null {
  const mean = meanOf(learnt.targets);
  const best = Math.max(
    explained(tried, binMeans(learnt, mean), mean),
    explained(tried, straightLine(learnt, mean), mean),
  );
  return best >= NEARLY_ALL.variance ? best : null;
}

type Predict = (value: number) => number;

function binMeans({ values, targets }: Half, mean: number): Predict {
  const binOf = layBins(values);
  const sums = new Map<number, { rows: number; sum: number }>();
  values.forEach((value, row) => {
    const bin = binOf(value);
    const { rows, sum } = sums.get(bin) ?? { rows: 0, sum: 0 };
    sums.set(bin, { rows: rows + 1, sum: sum + (targets[row] as number) });
  });
  return (value) => {
    const found = sums.get(binOf(value));
    return found === undefined ? mean : found.sum / found.rows;
  };
}

function straightLine({ values, targets }: Half, mean: number): Predict {
  const present = values.filter((value) => !Number.isNaN(value));
  const centre = meanOf(present);
  let [xx, xy] = [0, 0];
  values.forEach((value, row) => {
    if (Number.isNaN(value)) return;
    xx += (value - centre) ** 2;
    xy += (value - centre) * ((targets[row] as number) - mean);
  });
  const slope = xx === 0 ? 0 : xy / xx;
  return (value) => (Number.isNaN(value) ? mean : mean + slope * (value - centre));
}

/** R² on rows that nothing was learnt of. */
function explained({ values, targets }: Half, predict: Predict, mean: number): number {
  let [left, all] = [0, 0];
  values.forEach((value, row) => {
    left += ((targets[row] as number) - predict(value)) ** 2;
    all += ((targets[row] as number) - mean) ** 2;
  });
  return all === 0 ? 0 : 1 - left / all;
}

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Bins that hold about as many values each; what is missing has its own, −1. */
function layBins(values: Float64Array): (value: number) => number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct = [...new Set(sorted)];
  const bins = Math.min(MOST_BINS, Math.max(2, Math.floor(sorted.length / ROWS_PER_BIN)));
  const edges =
    distinct.length <= bins
      ? distinct
      : [
          ...new Set(
            Array.from(
              { length: bins },
              (_, bin) => sorted[Math.floor(((bin + 1) * sorted.length) / bins) - 1] as number,
            ),
          ),
        ];
  return (value) => {
    if (Number.isNaN(value)) return -1;
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (edges[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
