import type { Tensor } from '@tensorflow/tfjs';
import type { Trace } from './compile.ts';
import type { CompiledStep } from './compiled-step.ts';
import { NotCompilable } from './not-compilable.ts';
import type { HostValues, TrainingStep } from './training-step.ts';

/**
 * Has the graph do the step of a trace, and compares every bit. State that ops of the native kind
 * change in place has nothing to be compared with: it differs by design.
 */
export function verifyStep(compiled: CompiledStep, step: TrainingStep, trace: Trace): void {
  compiled.write(trace.state);
  compiled.share(trace.sharedValues);
  const outputs = compiled.run(1, trace.inputValues);
  for (const name of Object.keys(step.outputs)) {
    compare(name, outputs[name] as HostValues, trace.result.outputs[name] as Tensor);
  }
  const native = new Set(trace.result.updates?.flatMap(({ state }) => state));
  const state = compiled.readValues();
  for (const name of Object.keys(step.state)) {
    const expected = trace.result.state[name] ?? trace.state[name];
    if (!native.has(name)) compare(name, state[name] as HostValues, expected as Tensor);
  }
}

function compare(name: string, found: HostValues, expected: Tensor): void {
  const wanted = expected.dataSync() as HostValues;
  const differs = wanted.findIndex((value, i) => !Object.is(value, found[i]));
  if (differs === -1 && wanted.length === found.length) return;
  throw new NotCompilable(
    `The graph gives ${found[differs]} where the step gives ${wanted[differs]}: ${name}[${differs}].`,
  );
}
