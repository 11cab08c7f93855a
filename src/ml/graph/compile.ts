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
  Specs,
  StepResult,
  TensorSpec,
  Tensors,
  TrainingStep,
} from './training-step.ts';
import { verifyStep } from './verify-step.ts';

/** Batch sizes of the two recordings, above the fewest rows; they differ, so that what depends on them is seen. */
const SAMPLE_BATCHES = [2, 4] as const;

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
  const state = sampleState(tf, step);
  const owned: Tensor[] = Object.values(state);
  try {
    const recordings = SAMPLE_BATCHES.map((above): SizedRecording => {
      const batch = (step.parts ?? 1) + above;
      const sample = sampleOf(tf, step, batch, state);
      owned.push(...Object.values(sample.inputs));
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
      for (const trace of traces) verifyStep(tf, compiled, step, trace);
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

/** Numbers that samples repeat: enough of them that no two rows of a matrix are alike. */
const SAMPLE_NUMBERS = 997;

/** Positive numbers below 1, of which roots and logarithms are defined; the state is the same in all samples. */
function sampleOf(tf: TensorFlow, step: TrainingStep, batch: number, state: Tensors): Sample {
  const draw = drawer('graph/inputs', batch);
  const drawAll = (specs: Specs) => mapSpecs(specs, (spec) => draw(spec, batch));
  const sharedValues = drawAll(step.shared ?? {});
  const inputValues = drawAll(step.inputs);
  const derivedValues = mapSpecs(step.derived ?? {}, ({ make }) => make(inputValues, batch));
  const all = { ...inputValues, ...derivedValues, ...sharedValues };
  const specs = { ...step.inputs, ...step.derived, ...step.shared };
  const inputs = mapSpecs(specs, ({ dtype, shape }, name) => {
    const values = all[name] as HostValues;
    return tf.tensor(values, withBatch(shape, batch), dtype);
  });
  return { batch, state, inputs, inputValues, sharedValues };
}

function sampleState(tf: TensorFlow, { state }: TrainingStep): Tensors {
  const draw = drawer('graph/state', 0);
  return mapSpecs(state, (spec) => tf.tensor(draw(spec, 1), [...spec.shape], spec.dtype));
}

function drawer(purpose: string, index: number): (spec: TensorSpec, batch: number) => HostValues {
  const stream = new RandomStream(0, purpose, [index]);
  const numbers = Array.from({ length: SAMPLE_NUMBERS }, () => (1 + stream.uniform()) / 2);
  let next = 0;
  return ({ dtype, shape }, batch) => {
    const count = countOf(shape, batch);
    if (dtype !== 'float32') return new Int32Array(count);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = numbers[next++ % SAMPLE_NUMBERS] as number;
    return values;
  };
}

const mapSpecs = <S extends TensorSpec, R>(
  specs: Readonly<Record<string, S>>,
  map: (spec: S, name: string) => R,
): Record<string, R> =>
  Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, map(spec, name)]));
