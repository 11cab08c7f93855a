import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import type { Attributes } from './graph.ts';
import { type NativeAttribute, type NativeBackend, nativeBackend } from './native-backend.ts';
import { dataTypeNumbers } from './tensorflow-schema.ts';
import type { NativeUpdate, Tensors } from './training-step.ts';

/**
 * Has TensorFlow name a variable itself (ResourceHandle::ANONYMOUS_NAME), no two of a process alike.
 * Names of our own would be attributes, and for each set of attributes it keeps a kernel for ever.
 */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

/**
 * Does op by op what the op does in a graph: on variables that live for this call. Gives the new
 * values of the state that it changes.
 * @param state before the update
 */
export function applyUpdate(
  tf: TensorFlow,
  { op, state: names, values, attributes }: NativeUpdate,
  state: Tensors,
): Record<string, Tensor> {
  const backend = nativeBackend(tf);
  const run = (name: string, inputs: Tensor[], given: Attributes, outputs: number): Tensor[] =>
    backend.executeMultipleOutputs(name, nativeAttributes(backend, given), inputs, outputs);
  const dtype = { dtype: { kind: 'type', value: 'float32' } } as const;
  const handles = names.map((name) => {
    const tensor = state[name] as Tensor;
    const [handle] = run('VarHandleOp', [], { ...dtype, ...variable(tensor) }, 1);
    run('AssignVariableOp', [handle as Tensor, tensor], dtype, 0);
    return handle as Tensor;
  });
  run(op, [...handles, ...values], attributes, 0);
  const changed = handles.map((handle, i) => {
    const [value] = run('ReadVariableOp', [handle], dtype, 1);
    run('DestroyResourceOp', [handle], {}, 0);
    return [names[i] as string, value as Tensor] as const;
  });
  tf.dispose(handles);
  return Object.fromEntries(changed);
}

const variable = ({ shape }: Tensor): Attributes => ({
  shape: { kind: 'shape', value: shape },
  shared_name: { kind: 'string', value: ANONYMOUS },
  container: { kind: 'string', value: '' },
});

function nativeAttributes(backend: NativeBackend, attributes: Attributes): NativeAttribute[] {
  const { binding } = backend;
  const types = {
    type: binding['TF_ATTR_TYPE'],
    bool: binding['TF_ATTR_BOOL'],
    shape: binding['TF_ATTR_SHAPE'],
    string: binding['TF_ATTR_STRING'],
  };
  return Object.entries(attributes).map(([name, attribute]) => {
    const { kind } = attribute;
    if (!(kind in types)) throw new TypeError(`Attribute ${name} is of kind ${kind}.`);
    const value = kind === 'type' ? dataTypeNumbers[attribute.value] : attribute.value;
    return { name, type: types[kind as keyof typeof types] as number, value };
  });
}
