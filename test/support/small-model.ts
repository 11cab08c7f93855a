import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalHash } from '../../src/canonical-json.ts';
import type { OutcomeOf, RequestOf, TaskKind } from '../../src/compute/compute-task.ts';
import { openParts, shapeOf } from '../../src/compute/prepared-rows.ts';
import { runTask } from '../../src/compute/run-task.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { FittedTransform } from '../../src/ml/data/fitted-transform.ts';
import { prepareData } from '../../src/ml/data/prepare.ts';
import { estimatorFor, parseHyperparameters } from '../../src/ml/estimators/index.ts';
import { evaluatePredictions } from '../../src/ml/metrics/evaluate.ts';
import { predictAll } from '../../src/ml/training/predict-all.ts';
import { decodeWeights } from '../../src/ml/weights.ts';
import type { Candidate } from '../../src/schemas/hyperparameters.ts';
import type { JobInput } from '../../src/schemas/job.ts';
import { modelName } from '../../src/schemas/model-name.ts';
import { ModelPackage, type ModelVersion } from '../../src/schemas/model-package.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import { PreparedData } from '../../src/schemas/prepared-data.ts';
import type { TrainingOutcome, TrainingRequest } from '../../src/schemas/training.ts';
import { type OpenStores, openStores } from '../../src/stores/index.ts';
import { putJson, readJson } from '../../src/stores/json-artifact.ts';

type Train = (request: TrainingRequest) => Promise<TrainingOutcome>;

/** Makes models by the product's own code, without workflows around it: quick, and for small tables. */
export class SmallModels {
  readonly home: string;
  readonly stores: OpenStores;
  readonly #config: Config;
  readonly #train: Train;

  /** @param train trains in this process, unless another way is given */
  constructor(home: string, train?: Train) {
    this.home = home;
    this.stores = openStores({ home });
    const config = readConfig({ ...process.env, SEVENFOLD_HOME: home });
    this.#config = config;
    this.#train = train ?? ((request) => this.run('train', request));
  }

  /** A piece of heavy work in this process. */
  run<Kind extends Exclude<TaskKind, 'step'>>(
    kind: Kind,
    request: RequestOf<Kind>,
  ): Promise<OutcomeOf<Kind>> {
    return runTask(this.#config, kind, request, {
      lineage: `test/${canonicalHash(request)}`,
      extend: [],
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
  }

  /** From a job to a model that is trained, and to what it was trained on. */
  async train(input: JobInput, candidate: Candidate) {
    const job = parseJob(input);
    const { artifacts } = this.stores;
    const prepared = await prepareData({
      job,
      workFolder: await mkdtemp(join(this.home, 'work-')),
      save: (path, mediaType) => artifacts.putFile(path, mediaType),
      pathOf: (ref) => artifacts.localPath(ref),
      onProgress: () => undefined,
      signal: new AbortController().signal,
    });
    const ref = await putJson(artifacts, PreparedData.parse(prepared));
    const outcome = await this.#train({
      prepared: ref,
      ...{ candidate, rows: 'fit', seed: job.seed, maxEpochs: null, maxSeconds: null },
      ...{ checkpointSeconds: 10, otherFingerprint: 'refuse' },
    });
    return { job, prepared, ref, outcome };
  }

  /** From a job to a package: prepared, trained, evaluated. */
  async make(input: JobInput, candidate: Candidate): Promise<ModelPackage> {
    const { artifacts } = this.stores;
    const { job, prepared, outcome } = await this.train(input, candidate);
    const { problem, layout, targetScale, transform, decisions, dataHash } = prepared;
    const { weights, weightsHash, fingerprint } = outcome;
    return ModelPackage.parse({
      ...{ schemaVersion: 1, name: modelName(job), job, seed: job.seed, candidate },
      ...{ problem, layout, targetScale, transform, decisions, dataHash },
      ...{ weights, weightsHash, fingerprint, versions: {} },
      ...{ runId: 'a-run', createdAt: '2026-01-31T12:00:00.000Z', requestedBy: 'a test' },
      inputs: FittedTransform.parse(await readJson(artifacts, transform)).inputs,
      evaluation: await this.#evaluate(prepared, outcome),
    });
  }

  /** Registers a package as the next version of its model. */
  async register(modelPackage: ModelPackage): Promise<ModelVersion> {
    const { name, runId, createdAt, evaluation } = modelPackage;
    const { metric, score } = evaluation;
    const ref = await putJson(this.stores.artifacts, modelPackage);
    const version = { model: name, package: ref, runId, createdAt, metric, score };
    return this.stores.registry.register(version);
  }

  async #evaluate(prepared: PreparedData, { candidate, weights }: TrainingOutcome) {
    const { artifacts } = this.stores;
    const { problem, targetScale } = prepared;
    const estimator = estimatorFor(candidate.estimator);
    const predictor = await estimator.load(
      shapeOf(prepared),
      parseHyperparameters(estimator, candidate.hyperparameters),
      decodeWeights(await artifacts.read(weights)),
    );
    const rows = await openParts(artifacts, prepared, ['test']);
    const outputs = await predictAll(predictor, rows, targetScale, problem.task);
    predictor.dispose();
    const truth = await rows.originalTargets();
    return evaluatePredictions({ problem, part: 'test', truth, outputs, baselines: [], seed: 0 });
  }
}
