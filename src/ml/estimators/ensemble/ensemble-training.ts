import { z } from 'zod';
import { decodeSnapshot, encodeSnapshot } from '../../training/snapshot.ts';
import { decodeWeights, encodeWeights, type Weights } from '../../weights.ts';
import type { Estimator, StepReport, Training, TrainingSetup } from '../estimator.ts';
import { nestWeights } from './nested-weights.ts';

/** A model of the ensemble, and what it is trained with. */
export interface Member {
  readonly estimator: Estimator;
  readonly setup: TrainingSetup<unknown>;
  /** At most, where it is trained by epochs; null: all that it plans. */
  readonly epochs: number | null;
}

const Document = z.strictObject({ finished: z.int().nonnegative() });

/** Trains one member after another; an epoch is a member. */
export class EnsembleTraining implements Training {
  readonly maxEpochs: number;
  /** It can end after any member. */
  readonly earlyStopping = { patience: null };
  readonly execution = null;
  readonly #members: readonly Member[];
  readonly #finished: Weights[];
  /** Of the member after those; null when there is none. */
  #current: Training | null;

  private constructor(members: readonly Member[], finished: Weights[], current: Training | null) {
    this.maxEpochs = members.length;
    this.#members = members;
    this.#finished = finished;
    this.#current = current;
  }

  /** @param state that a training of the same members gave */
  static async open(members: readonly Member[], state?: Uint8Array): Promise<EnsembleTraining> {
    if (state === undefined) return new EnsembleTraining(members, [], await begin(members[0]));
    const { document, blobs } = decodeSnapshot(state);
    const { finished } = Document.parse(document);
    const weights = blobs.slice(0, finished).map(decodeWeights);
    const current = await begin(members[finished], blobs[finished]);
    return new EnsembleTraining(members, weights, current);
  }

  async step(): Promise<StepReport> {
    const training = this.#current;
    const member = this.#members[this.#finished.length];
    if (training === null || member === undefined) throw new Error('All members are trained.');
    const report = await training.step();
    const epoch = this.#finished.length + 1;
    const isAtEnd = report.done || hasEnoughEpochs(training, member, report);
    if (isAtEnd) await this.#finish(training);
    return {
      ...report,
      done: this.#current === null,
      epochEnded: isAtEnd,
      epoch,
      // Each member has its own.
      learningRate: null,
    };
  }

  async #finish(training: Training): Promise<void> {
    this.#finished.push(training.weights());
    this.#current = null;
    training.dispose();
    this.#current = await begin(this.#members[this.#finished.length]);
  }

  state(): Uint8Array {
    return encodeSnapshot({ finished: this.#finished.length } satisfies z.infer<typeof Document>, [
      ...this.#finished.map((weights) => encodeWeights(weights)),
      ...(this.#current === null ? [] : [this.#current.state()]),
    ]);
  }

  /** Of the members that are finished, and of the one under way as it is. */
  weights(): Weights {
    const current = this.#current;
    return nestWeights([...this.#finished, ...(current === null ? [] : [current.weights()])]);
  }

  dispose(): void {
    this.#current?.dispose();
  }
}

async function begin(member: Member | undefined, state?: Uint8Array): Promise<Training | null> {
  if (member === undefined) return null;
  const { estimator, setup } = member;
  return state === undefined ? estimator.init(setup) : estimator.restore(setup, state);
}

const hasEnoughEpochs = (
  { earlyStopping }: Training,
  { epochs }: Member,
  { epochEnded, epoch }: StepReport,
): boolean => earlyStopping !== null && epochEnded && epochs !== null && epoch >= epochs;
