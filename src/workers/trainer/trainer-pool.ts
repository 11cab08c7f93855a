import type { Trainers } from '../../activities/train.ts';
import type { TrainingOutcome, TrainingRequest } from '../../schemas/training.ts';
import { TrainerProcess, type TrainOptions } from './trainer-process.ts';

/** A trainer is replaced after so many trainings, so that nothing it might leak grows without end. */
const TRAININGS_PER_PROCESS = 100;

/** Trainer processes, reused across the trainings of a worker; one for each that runs at once. */
export class TrainerPool implements Trainers {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #idle: TrainerProcess[] = [];
  readonly #busy = new Set<TrainerProcess>();

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  async train(request: TrainingRequest, options: TrainOptions): Promise<TrainingOutcome> {
    const trainer = this.#take();
    this.#busy.add(trainer);
    try {
      const outcome = await trainer.train(request, options);
      this.#give(trainer);
      return outcome;
    } catch (error) {
      // After a failure nothing is known of its state.
      await trainer.stop();
      throw error;
    } finally {
      this.#busy.delete(trainer);
    }
  }

  /** Stops every trainer; those at work keep a checkpoint first. */
  async close(): Promise<void> {
    await Promise.all([...this.#idle, ...this.#busy].map((trainer) => trainer.stop()));
    this.#idle.length = 0;
  }

  #take(): TrainerProcess {
    for (let trainer = this.#idle.pop(); trainer !== undefined; trainer = this.#idle.pop()) {
      if (trainer.isAlive) return trainer;
    }
    return new TrainerProcess(this.#environment);
  }

  #give(trainer: TrainerProcess): void {
    if (trainer.isAlive && trainer.trainings < TRAININGS_PER_PROCESS) this.#idle.push(trainer);
    else void trainer.stop();
  }
}
