import type { Command } from '../command.ts';

/** A subcommand: its line in the overview, and how to load it. */
export interface CommandEntry {
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every subcommand, in the order of the overview. Each is loaded when it is called: all of them take seconds. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  demo: {
    summary: 'See it all once: two models trained, and a prediction over HTTP.',
    load: async () => (await import('./demo.ts')).demo,
  },
  run: {
    summary: 'Run the seven steps on a table, and register the model.',
    load: async () => (await import('./run.ts')).run,
  },
  rerun: {
    summary: 'Do a closed run again from a step on; what is before it is reused.',
    load: async () => (await import('./rerun.ts')).rerun,
  },
  pipeline: {
    summary: 'Check, show, draw or run a graph of steps of your own.',
    load: async () => (await import('./pipeline.ts')).pipeline,
  },
  approve: {
    summary: 'Let a run go on that waits for an approval, or reject it.',
    load: async () => (await import('./approve.ts')).approve,
  },
  explain: {
    summary: 'Say of each step of a run that has ended why it was done, or was not.',
    load: async () => (await import('./explain.ts')).explain,
  },
  attach: {
    summary: 'Follow a run that is under way, or show the result of one that has ended.',
    load: async () => (await import('./attach.ts')).attach,
  },
  status: {
    summary: 'Show where a run stands.',
    load: async () => (await import('./status.ts')).status,
  },
  list: {
    summary: 'List runs, newest first.',
    load: async () => (await import('./list.ts')).list,
  },
  pause: {
    summary: 'Pause a run: its trainings keep a checkpoint and free their slots.',
    load: async () => (await import('./pause.ts')).pause,
  },
  resume: {
    summary: 'Let a paused run go on from its checkpoints.',
    load: async () => (await import('./resume.ts')).resume,
  },
  extend: {
    summary: 'Give a run that goes on more trials, or more epochs.',
    load: async () => (await import('./extend.ts')).extend,
  },
  cancel: {
    summary: 'Cancel a run: its trainings keep a checkpoint and stop.',
    load: async () => (await import('./cancel.ts')).cancel,
  },
  schedule: {
    summary: 'Retrain by schedule: create, list, show, pause, resume, trigger, backfill, delete.',
    load: async () => (await import('./schedule/index.ts')).schedule,
  },
  predict: {
    summary: 'Predict for every row of a table.',
    load: async () => (await import('./predict.ts')).predict,
  },
  evaluate: {
    summary: 'Score a model on new, labelled data.',
    load: async () => (await import('./evaluate.ts')).evaluate,
  },
  export: {
    summary: "Write a model in another framework's format.",
    load: async () => (await import('./export.ts')).exportCommand,
  },
  import: {
    summary: 'Register a model that was trained elsewhere: ONNX, SavedModel or Keras.',
    load: async () => (await import('./import.ts')).importCommand,
  },
  models: {
    summary: 'List registered models and their versions.',
    load: async () => (await import('./models.ts')).models,
  },
  dev: {
    summary: 'Run the whole local stack: Temporal, workers, prediction server.',
    load: async () => (await import('./dev.ts')).dev,
  },
  down: {
    summary: 'End the local stack; runs under way go on when it is up again.',
    load: async () => (await import('./down.ts')).down,
  },
  worker: {
    summary: 'Run a worker on a task queue, until it is told to stop.',
    load: async () => (await import('./worker.ts')).worker,
  },
  serve: {
    summary: 'Answer predictions over HTTP, until told to stop.',
    load: async () => (await import('./serve.ts')).serve,
  },
  api: {
    summary: 'Serve the HTTP API: start, follow and steer runs from other systems.',
    load: async () => (await import('./api.ts')).api,
  },
  token: {
    summary: 'Tokens for the HTTP API: create, list, revoke; secrets of called hosts.',
    load: async () => (await import('./token.ts')).token,
  },
  gc: {
    summary: 'Remove what no run record, cached step or model version needs.',
    load: async () => (await import('./gc.ts')).gc,
  },
  fsck: {
    summary: 'Name everything in the store that should not be so, and orphan processes.',
    load: async () => (await import('./fsck.ts')).fsck,
  },
  setup: {
    summary: 'Provide the Temporal server and native TensorFlow; safe to repeat.',
    load: async () => (await import('./setup.ts')).setup,
  },
  doctor: {
    summary: 'Say what is found, what is missing, and the command that mends it.',
    load: async () => (await import('./doctor.ts')).doctor,
  },
};
