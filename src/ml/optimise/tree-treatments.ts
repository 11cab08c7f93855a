import type {
  GradientBoostingHyperparameters,
  RandomForestHyperparameters,
} from '../../schemas/hyperparameters.ts';
import type { Diagnosis } from '../../schemas/round.ts';
import { show, type Treatment } from './treatment.ts';

const FEWEST_LEAVES = 3;
const MOST_LEAVES = 256;
const MOST_TREES = 10_000;
/** Share of rows and columns that is enough for a tree. */
const SHARE = 0.7;
const LEAST_COLUMN_SHARE = 0.1;

export function forGradientBoosting(
  diagnosis: Diagnosis,
  now: GradientBoostingHyperparameters,
): Treatment[] {
  const change = (action: string, changes: Partial<GradientBoostingHyperparameters>) => ({
    action,
    hyperparameters: { ...now, ...changes },
  });
  const { leaves, minRowsPerLeaf, rowShare, columnShare, l2 } = now;
  const moreTrees = Math.max(now.trees, Math.min(MOST_TREES, now.trees * 3));
  const slower = (by: number) =>
    change(`learning rate ${show(now.learningRate)} → ${show(now.learningRate / by)}`, {
      learningRate: now.learningRate / by,
      trees: Math.max(now.trees, Math.min(MOST_TREES, now.trees * by)),
    });
  switch (diagnosis) {
    case 'diverging':
    case 'noisy':
      return [slower(4), slower(10)];
    case 'unfinished':
      return [change(`more trees: ${now.trees} → ${moreTrees}`, { trees: moreTrees })];
    case 'under-fitting': {
      const more = Math.max(leaves, Math.min(MOST_LEAVES, leaves * 4));
      const fewer = Math.max(1, Math.floor(minRowsPerLeaf / 4));
      return [
        change(`larger trees: ${leaves} → ${more} leaves, of ${minRowsPerLeaf} → ${fewer} rows`, {
          leaves: more,
          minRowsPerLeaf: fewer,
        }),
        change(`penalties L1 ${show(now.l1)} → 0, L2 ${show(l2)} → 0`, { l1: 0, l2: 0 }),
      ];
    }
    case 'over-fitting': {
      const fewer = Math.min(leaves, Math.max(FEWEST_LEAVES, Math.floor(leaves / 4)));
      const [rows, columns] = [Math.min(rowShare, SHARE), Math.min(columnShare ?? 1, SHARE)];
      const stronger = Math.max(1, l2 * 10);
      return [
        change(`smaller trees: ${leaves} → ${fewer} leaves`, { leaves: fewer }),
        change(
          `each tree sees ${show(rows)} of the rows and ${show(columns)} of the columns; L2 ${show(l2)} → ${show(stronger)}`,
          { rowShare: rows, columnShare: columns, l2: stronger },
        ),
        slower(2),
      ];
    }
    case 'well-fitted':
      return [];
  }
}

/** Trees by themselves know their rows by heart: a gap says little, and is closed by larger leaves. */
export function forRandomForest(
  diagnosis: Diagnosis,
  now: RandomForestHyperparameters,
): Treatment[] {
  const change = (action: string, changes: Partial<RandomForestHyperparameters>) => ({
    action,
    hyperparameters: { ...now, ...changes },
  });
  const { minRowsPerLeaf: rows, columnShare } = now;
  if (diagnosis === 'over-fitting') {
    const larger = rows * 3;
    const fewer = Math.max(LEAST_COLUMN_SHARE, (columnShare ?? 0.4) / 2);
    return [
      change(`leaves of ${rows} → ${larger} rows`, { minRowsPerLeaf: larger }),
      change(`each split looks at ${show(fewer)} of the columns`, { columnShare: fewer }),
    ];
  }
  if (diagnosis === 'under-fitting') {
    const smaller = Math.max(1, Math.floor(rows / 4));
    return [
      change(`leaves of ${rows} → ${smaller} rows`, { minRowsPerLeaf: smaller }),
      change('each split looks at all columns', { columnShare: 1 }),
    ];
  }
  return [];
}
