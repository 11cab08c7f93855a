import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import { RandomStream } from '../random.ts';
import { countOf, withBatch } from './batch-size.ts';
import { CompiledStep } from './compiled-step.ts';
import { generalise, type SizedRecording } from './generalise.ts';
import { GraphSession } from './graph-session.ts';
import { hasNativeBackend } from './native-backend.ts';
import { NotCompilable } from './not-compilable.ts';
import { record } from './record.ts';
import { simplify } from './simplify.ts';
import { type RecordedStep, trainingGraph } from './training-graph.ts';
import type {
  HostValues,
  NativeUpdate,
  StepResult,
  TensorSpec,
  Tensors,
  TrainingStep,
} from './training-step.ts';
import { verifyStep } from './verify-step.ts';

/** Batch sizes of the two recordings; they differ, so that what depends on them is seen. */
const SAMPLE_BATCHES = [3, 5] as const;

/** Tensors to call a step with. */
export interface Sample {
  readonly batch: number;
  readonly state: Tensors;
  readonly inputs: Tensors;
  readonly inputValues: Readonly<Record<string, HostValues>>;
  readonly sharedValues: Readonly<Record<string, HostValues>>;
}

/** A sample, what the step made of it, and its recording. */
export interface Trace extends Sample {
  readonly result: StepResult;
}

/**
 * Makes a graph of a training step, which then runs many steps in one call with its state in the
 * session. The step is called at two batch sizes and recorded. The graph has to give every bit that
 * those calls gave; otherwise, and where the step can't be recorded, NotCompilable says why.
 */
export function compile(tf: TensorFlow, step: TrainingStep): CompiledStep {
  if (!hasNativeBackend(tf)) {
    throw new NotCompilable(`Graphs need native TensorFlow; the backend is '${tf.getBackend()}'.`);
  }
  const traces: Trace[] = [];
  const owned: Tensor[] = [];
  try {
    const recordings = SAMPLE_BATCHES.map((batch): SizedRecording => {
      const sample = sampleOf(tf, step, batch);
      owned.push(...Object.values(sample.state), ...Object.values(sample.inputs));
      const { trace, sized } = traceStep(tf, step, sample);
      owned.push(...resultsOf(trace.result));
      traces.push(trace);
      return sized;
    });
    const [first, second] = recordings as [SizedRecording, SizedRecording];
    const recording = simplify(generalise(first, second, batchSource(step)));
    const recorded = { recording, ...describe((traces[0] as Trace).result) };
    const compiled = load(tf, step, recorded);
    try {
      for (const trace of traces) verifyStep(compiled, step, trace);
    } catch (error) {
      compiled.dispose();
      throw error;
    }
    return compiled;
  } finally {
    tf.dispose(owned);
  }
}

/** A graph that TensorFlow refuses is one that can't be compiled: the step still runs op by op. */
function load(tf: TensorFlow, step: TrainingStep, recorded: RecordedStep): CompiledStep {
  const graph = trainingGraph(step, recorded);
  try {
    return new CompiledStep(tf, step, graph, new GraphSession(tf, graph.nodes));
  } catch (error) {
    throw new NotCompilable(`TensorFlow does not take the graph: ${String(error)}`);
  }
}

/** Calls the step with a sample, and records it. */
function traceStep(tf: TensorFlow, step: TrainingStep, sample: Sample) {
  let result: StepResult | undefined;
  const parameters = [...Object.values(sample.state), ...Object.values(sample.inputs)];
  const { recording } = record(tf, parameters, () => {
    result = step.run(tf, sample.state, sample.inputs);
    return resultsOf(result);
  });
  const trace: Trace = { ...sample, result: result as unknown as StepResult };
  return { trace, sized: { batch: sample.batch, recording } };
}

/** All tensors of a result, in the order of the graph's results. */
const resultsOf = ({ state, updates = [], outputs }: StepResult): Tensor[] => [
  ...Object.values(state),
  ...updates.flatMap(({ values }) => values),
  ...Object.values(outputs),
];

const describe = ({ state, updates = [] }: StepResult): Omit<RecordedStep, 'recording'> => ({
  assigned: Object.keys(state),
  updates: updates.map(({ op, state: names, attributes }: NativeUpdate) => ({
    op,
    state: names,
    attributes,
  })),
  updateValues: updates.map(({ values }) => values.length),
});

/** The parameter whose first dimension is the batch size. */
function batchSource({ state, inputs }: TrainingStep): { parameter: number } | undefined {
  const index = Object.values(inputs).findIndex(({ shape }) => shape[0] === -1);
  return index === -1 ? undefined : { parameter: Object.keys(state).length + index };
}

/** Positive numbers below 1 from a stream of their own: roots and logarithms of them are defined. */
function sampleOf(tf: TensorFlow, step: TrainingStep, batch: number): Sample {
  const stream = new RandomStream(batch, 'graph/sample');
  const draw = (spec: TensorSpec): HostValues => {
    const count = countOf(spec.shape, batch);
    return spec.dtype === 'float32'
      ? Float32Array.from({ length: count }, () => (1 + stream.uniform()) / 2)
      : new Int32Array(count);
  };
  const tensorOf = (spec: TensorSpec, values: HostValues) =>
    tf.tensor(values, withBatch(spec.shape, batch), spec.dtype);
  const inputValues: Record<string, HostValues> = {};
  for (const [name, spec] of Object.entries(step.inputs)) inputValues[name] = draw(spec);
  const sharedValues = Object.fromEntries(
    Object.entries(step.shared ?? {}).map(([name, spec]) => [name, draw(spec)]),
  );
  const inputs: Record<string, Tensor> = {};
  for (const [name, spec] of Object.entries(step.inputs)) {
    inputs[name] = tensorOf(spec, inputValues[name] as HostValues);
  }
  for (const [name, spec] of Object.entries(step.derived ?? {})) {
    const made = spec.make({ ...inputValues, ...sharedValues }, batch);
    inputs[name] = tensorOf(spec, made);
  }
  const state = Object.fromEntries(
    Object.entries(step.state).map(([name, spec]) => [name, tensorOf(spec, draw(spec))]),
  );
  return { batch, state, inputs, inputValues, sharedValues };
}
