import type { Evaluation } from '../../src/schemas/evaluation.ts';
import { RunReport, type TrialSummary } from '../../src/schemas/report.ts';
import { problemOf } from './problems.ts';

const problem = { ...problemOf('binary', 'roc_auc'), target: 'churned' };

const evaluation = (part: 'validation' | 'test', score: number): Evaluation => ({
  schemaVersion: 1,
  part,
  rows: 200,
  metric: 'roc_auc',
  score,
  interval: { low: score - 0.05, high: score + 0.04 },
  confidence: 0.95,
  metrics: { roc_auc: score, log_loss: 0.321 },
  intervals: { roc_auc: { low: score - 0.05, high: score + 0.04 } },
  perClass: [
    { class: 'no', precision: 0.9, recall: 0.81, f1: 0.853, support: 120 },
    { class: 'yes', precision: 0.7, recall: 0.61, f1: 0.652, support: 80 },
  ],
  confusion: [
    [97, 23],
    [31, 49],
  ],
  baselines: [
    { name: 'trivial', score: 0.5 },
    { name: 'logistic', score: 0.78 },
  ],
  warnings: [`a warning about ${part} rows`],
});

export const trial = (number: number, score: number | null): TrialSummary => ({
  number,
  candidate: { estimator: 'mlp', hyperparameters: { learningRate: number / 1000 } },
  score,
  status: score === null ? 'no space left' : 'stopped-early',
  epochs: 31,
  seconds: 1.25,
});

export const hash = (digit: string) => digit.repeat(64);
/** A report in which every part has something to tell. */
export const report = RunReport.parse({
  schemaVersion: 1,
  runId: 'run-1',
  workflowId: 'lifecycle-7',
  requestedBy: 'ada',
  startedAt: '2026-01-02T03:04:05Z',
  model: 'customers-churned',
  version: 3,
  job: { data: 'customers.csv', target: 'churned', seed: 42 },
  problem,
  decisions: [{ field: 'metric', value: 'roc_auc', reason: 'usual for two classes' }],
  data: {
    schemaVersion: 1,
    source: { path: 'customers.csv', format: 'csv', bytes: 9999, rows: 1000 },
    rows: { fit: 640, validation: 157, test: 200 },
    dropped: { duplicates: 2, missingTarget: 1 },
    columns: [
      {
        name: 'a|ge',
        type: 'numeric',
        typeReason: 'all cells are numbers',
        missing: 12,
        distinct: 60,
        distinctIsExact: true,
        numeric: { min: 18, max: 99, mean: 41.23456, std: 10, median: 40 },
        top: [],
        action: 'median-imputed, standardised',
        used: true,
      },
      {
        name: 'city',
        type: 'categorical',
        typeReason: 'few values',
        missing: 0,
        distinct: 1000,
        distinctIsExact: false,
        numeric: null,
        top: [{ value: 'Oslo', count: 77 }],
        action: 'one-hot',
        used: true,
      },
    ],
    warnings: ["column 'note' is free text, and unused"],
  },
  selection: {
    ranking: [{ estimator: 'mlp', score: 0.83, reason: 'best', seconds: 0.4 }],
    leftOut: [{ estimator: 'gradientBoosting', reason: 'it needs LightGBM (not set up)' }],
    reason: 'by roc_auc on 157 validation rows',
  },
  trials: [trial(0, 0.8), trial(1, null), trial(2, 0.84)],
  bestTrial: 2,
  optimisation: {
    rounds: [
      {
        number: 1,
        prescription: {
          diagnosis: 'over-fitting',
          evidence: 'validation loss ended 20 % above its least',
          action: 'dropout 0 → 0.25',
          candidate: null,
        },
        scoreBefore: 0.84,
        scoreAfter: 0.86,
        kept: true,
        seconds: 1.5,
      },
    ],
    stopped: 'all rounds are done',
    refit: { done: true, reason: 'auto: 157 validation rows are worth as many epochs again' },
  },
  final: {
    candidate: { estimator: 'mlp', hyperparameters: { hiddenLayers: [64, 32], l2: 0.000123456 } },
    status: 'completed',
    epochs: 30,
    bestEpoch: 30,
  },
  validation: evaluation('validation', 0.84),
  test: evaluation('test', 0.8512345),
  learning: [
    {
      name: 'training',
      epochs: [1, 2, 3].map((epoch) => ({
        epoch,
        loss: 1 / epoch,
        validationLoss: 1.1 / epoch,
        validationScore: 0.8,
        learningRate: 0.001,
      })),
    },
  ],
  insights: {
    schemaVersion: 1,
    sampledRows: 157,
    roc: [
      {
        class: 'yes',
        area: 0.85,
        points: [
          { x: 0, y: 0 },
          { x: 0.2, y: 0.8 },
          { x: 1, y: 1 },
        ],
      },
    ],
    precisionRecall: [
      {
        class: 'yes',
        area: 0.7,
        points: [
          { x: 0, y: 1 },
          { x: 1, y: 0.4 },
        ],
      },
    ],
    calibration: [{ predicted: 0.25, observed: 0.3, rows: 40 }],
    predictions: [],
    importance: [{ column: 'a|ge', loss: 0.12, low: 0.1, high: 0.14, shapley: 0.07 }],
    errors: [
      {
        truth: 'yes',
        predicted: 'no',
        probability: 0.02,
        record: { 'a|ge': '41', city: '<b>Oslo</b>' },
      },
    ],
  },
  trainingSeconds: 12.34,
  hashes: { data: hash('a'), transform: hash('b'), weights: hash('c'), package: hash('d') },
  versions: { sevenfold: '0.1.0', node: '20.20.2' },
  fingerprint: {
    platform: 'linux-x64',
    cpuModel: 'Some CPU',
    cpuFeatures: 'f',
    backend: 'tensorflow',
    tensorflow: '2.21.0',
    oneDnn: false,
    intraOpThreads: 1,
    interOpThreads: 1,
    gpu: null,
  },
});
