import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import type { Trace } from './compile.ts';
import type { CompiledStep } from './compiled-step.ts';
import { applyUpdate } from './native-update.ts';
import { NotCompilable } from './not-compilable.ts';
import type { HostValues, Tensors, TrainingStep } from './training-step.ts';

/** Has the graph do the step of a trace, and compares every bit. */
export function verifyStep(
  tf: TensorFlow,
  compiled: CompiledStep,
  step: TrainingStep,
  trace: Trace,
): void {
  compiled.write(trace.state);
  compiled.share(trace.sharedValues);
  const outputs = compiled.run(1, trace.inputValues);
  for (const name of Object.keys(step.outputs)) {
    compare(name, outputs[name] as HostValues, trace.result.outputs[name] as Tensor);
  }
  const state = compiled.readValues();
  tf.tidy(() => {
    const expected = stateAfter(tf, trace);
    for (const name of Object.keys(step.state)) {
      compare(name, state[name] as HostValues, expected[name] as Tensor);
    }
  });
}

/** The whole state after a step that was called op by op. */
function stateAfter(tf: TensorFlow, { state, result }: Trace): Tensors {
  const after = { ...state, ...result.state };
  for (const update of result.updates ?? []) Object.assign(after, applyUpdate(tf, update, after));
  return after;
}

function compare(name: string, found: HostValues, expected: Tensor): void {
  const wanted = expected.dataSync() as HostValues;
  const differs = wanted.findIndex((value, i) => !Object.is(value, found[i]));
  if (differs === -1 && wanted.length === found.length) return;
  throw new NotCompilable(
    `The graph gives ${found[differs]} where the step gives ${wanted[differs]}: ${name}[${differs}].`,
  );
}
