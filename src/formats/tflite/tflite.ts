import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FEATURES_NAME, outputNameOf } from '../exported-tensors.ts';
import type { ModelFormat } from '../model-format.ts';
import { outputsOf, rescalingOf, transpose } from '../network.ts';
import { networkRunner } from '../network-runner.ts';
import type { NetworkModel } from '../portable-model.ts';
import { readTflite } from './tflite-reader.ts';
import { SCHEMA_VERSION } from './tflite-schema.ts';
import { TfliteWriter } from './tflite-writer.ts';

const MODEL = 'model.tflite';

/** TensorFlow Lite (LiteRT), for telephones and small machines; float32, not quantised. */
export const tflite: ModelFormat<NetworkModel> = {
  name: 'tflite',
  title: 'TensorFlow Lite',
  formatVersion: `schema ${SCHEMA_VERSION}`,
  holds: ['network'],
  takes: 'features',
  async write(model) {
    const bytes = encodeTflite(model);
    return [{ path: MODEL, bytes, mediaType: 'application/octet-stream', purpose: 'the model' }];
  },
  async open(folder) {
    return networkRunner(readTflite(await readFile(join(folder, MODEL))));
  },
};

function encodeTflite(model: NetworkModel): Uint8Array {
  const { network, package: modelPackage } = model;
  const writer = new TfliteWriter();
  const input = writer.value(FEATURES_NAME, network.width);
  let value = input;
  const size = outputsOf(network);
  network.layers.forEach(({ inputs, units, kernel, bias, activation }, i) => {
    const name = `layers.${i}`;
    const weights = Float32Array.from(transpose(kernel, inputs, units));
    const operands = [
      value,
      writer.weight(`${name}.kernel`, [units, inputs], weights),
      writer.weight(`${name}.bias`, [units], Float32Array.from(bias)),
    ];
    value = writer.operator('fullyConnected', operands, writer.value(`${name}.scores`, units));
    if (activation !== 'linear') {
      value = writer.operator(activation, [value], writer.value(`${name}.${activation}`, units));
    }
  });
  const combine = (operation: 'multiply' | 'add' | 'subtract', name: string, number: number) => {
    const operand = writer.weight(name, [1], Float32Array.of(number));
    value = writer.operator(operation, [value, operand], writer.value(`${name}.result`, size));
  };
  const rescaling = rescalingOf(network);
  if (rescaling !== null) {
    combine('multiply', 'scale', rescaling.scale);
    combine('add', 'shift', rescaling.shift);
    if (rescaling.log) {
      value = writer.operator('exp', [value], writer.value('exponential', size));
      combine('subtract', 'one', 1);
    }
  }
  return writer.finish(
    { name: FEATURES_NAME, tensor: input },
    { name: outputNameOf(model), tensor: value },
    modelPackage.name,
  );
}
