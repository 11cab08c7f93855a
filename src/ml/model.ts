import { createHash } from 'node:crypto';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { ModelPackage } from '../schemas/model-package.ts';
import type { RecordLayout } from '../schemas/prepared-data.ts';
import { calibratedPredictor } from './calibration/calibrate.ts';
import { densify, encodeFeatures, widthOf } from './data/densify.ts';
import { FittedTransform } from './data/fitted-transform.ts';
import type { ImagePlace } from './data/images/image-bytes.ts';
import type { CellFault } from './data/record-faults.ts';
import { unscaleTarget } from './data/target-scale.ts';
import type { Predictor } from './estimators/estimator.ts';
import { estimatorFor, parseHyperparameters } from './estimators/index.ts';
import { describeOutputs, type Prediction, type PredictiveModel } from './predictive-model.ts';
import { decodeWeights } from './weights.ts';

type RawRecord = Readonly<Record<string, unknown>>;

/** A packaged model that was trained here, ready to predict: the one way from raw records to predictions. */
export class Model implements PredictiveModel {
  readonly package: ModelPackage;
  /** What it says, calibrated. */
  readonly predictor: Predictor;
  readonly #uncalibrated: Predictor;
  readonly #transform: FittedTransform;

  private constructor(
    modelPackage: ModelPackage,
    transform: FittedTransform,
    predictor: Predictor,
  ) {
    this.package = modelPackage;
    this.#uncalibrated = predictor;
    this.predictor = calibratedPredictor(predictor, modelPackage.problem.calibration);
    this.#transform = transform;
  }

  /** @param read reads an artifact of the package */
  static async load(
    modelPackage: ModelPackage,
    read: (ref: ArtifactRef) => Promise<Uint8Array>,
  ): Promise<Model> {
    const { candidate, problem, weights, transform } = modelPackage;
    const document: unknown = JSON.parse(Buffer.from(await read(transform)).toString('utf8'));
    const fitted = FittedTransform.parse(document);
    const estimator = estimatorFor(candidate.estimator);
    const shape = {
      task: problem.task,
      layout: fitted.layout,
      width: fitted.featureNames.length,
      classes: problem.classes.length,
      classCounts: [],
      image: fitted.layout.image,
    };
    const hyperparameters = parseHyperparameters(estimator, candidate.hyperparameters);
    const arrays = decodeWeights(await read(weights));
    return new Model(modelPackage, fitted, await estimator.load(shape, hyperparameters, arrays));
  }

  /** Records with their images decoded, as all else takes them; as they are where there are none. */
  read(records: readonly RawRecord[], place: ImagePlace): Promise<readonly RawRecord[]> {
    return this.#transform.read(records, place);
  }

  /** [rows] values in original units, or [rows, classes] probabilities. */
  outputs(records: readonly RawRecord[]): Float64Array {
    return this.#outputs(this.predictor, records);
  }

  /** The same before calibration, as exported models give it. */
  uncalibratedOutputs(records: readonly RawRecord[]): Float64Array {
    return this.#outputs(this.#uncalibrated, records);
  }

  /** What tells records apart in the model's encoding: equal for records that it can't tell apart. */
  keysOf(records: readonly RawRecord[]): string[] {
    const { layout } = this.#transform;
    const features = densify(this.#transform.encode(records), layout);
    return records.map((_, row) => rowKey(features, row, layout));
  }

  predict(records: readonly RawRecord[]): Prediction[] {
    return describeOutputs(this.outputs(records), this.package.problem);
  }

  /** Cells that are there, but that their column's type can't read. */
  findFaults(records: readonly RawRecord[]): CellFault[] {
    return this.#transform.findFaults(records);
  }

  /** Missing columns, unknown columns and unseen categories, which the transform has a policy for. */
  describeOddities(records: readonly RawRecord[]): string[] {
    return this.#transform.describeOddities(records);
  }

  dispose(): void {
    this.predictor.dispose();
  }

  #outputs(predictor: Predictor, records: readonly RawRecord[]): Float64Array {
    const encoded = this.#transform.encode(records);
    const features = encodeFeatures(encoded, this.#transform.layout, predictor.encoding);
    const outputs = predictor.predict(features, encoded.rows);
    const { problem, targetScale } = this.package;
    return problem.task === 'regression'
      ? outputs.map((value) => unscaleTarget(value, targetScale))
      : outputs;
  }
}

/** A digest of one row of dense features [rows, width]. */
export function rowKey(features: Float32Array, row: number, layout: RecordLayout): string {
  const width = widthOf(layout);
  const { buffer, byteOffset, BYTES_PER_ELEMENT } = features;
  const start = byteOffset + row * width * BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(buffer, start, width * BYTES_PER_ELEMENT);
  return createHash('sha1').update(bytes).digest('base64');
}
