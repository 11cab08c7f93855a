import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFormat } from '../model-format.ts';
import type { Network } from '../network.ts';
import { networkRunner } from '../network-runner.ts';
import type { NetworkModel } from '../portable-model.ts';
import { pickle } from './pickle.ts';
import { PythonCall, PythonGlobal, type PythonValue } from './python-values.ts';
import { TensorStorages } from './tensors.ts';
import { packArchive, unpackArchive } from './torch-archive.ts';
import {
  biasOf,
  pythonFloat,
  readNetwork,
  type Statement,
  toStatements,
  weightOf,
} from './torch-layers.ts';

const MODEL = 'model.pt';
const CODE = 'code/__torch__.py';

/** TorchScript: weights and program in one file, which needs no Python source. */
export const torchscript: ModelFormat<NetworkModel> = {
  name: 'torchscript',
  title: 'TorchScript',
  formatVersion: 'file format 3',
  holds: ['network'],
  takes: 'features',
  async write({ network }) {
    const bytes = encodeTorchScript(network);
    return [
      { path: MODEL, bytes, mediaType: 'application/zip', purpose: 'the model: torch.jit.load' },
    ];
  },
  async open(folder) {
    const { tensor, fileOf } = unpackArchive(await readFile(join(folder, MODEL)));
    const code = Buffer.from(fileOf(CODE)).toString('utf8');
    return networkRunner(readNetwork(code, (layer, name) => tensor(`dense_${layer}_${name}`)));
  },
};

function encodeTorchScript(network: Network): Uint8Array {
  const storages = new TensorStorages();
  const attributes = new Map<string, PythonValue>();
  network.layers.forEach((layer, i) => {
    attributes.set(`dense_${i}_weight`, storages.add(weightOf(layer)));
    attributes.set(`dense_${i}_bias`, storages.add(biasOf(layer)));
  });
  const names = [...attributes.keys()];
  attributes.set('training', false).set('_is_full_backward_hook', null);
  const model = new PythonCall(new PythonGlobal('__torch__', 'Model'), [], attributes, true);
  return packArchive(model, storages, {
    [CODE]: Buffer.from(programOf(network, names)),
    'constants.pkl': pickle([]),
  });
}

function programOf(network: Network, parameters: readonly string[]): string {
  let value = 'features';
  const lines = toStatements(network).map((statement, i) => {
    const line = `    x${i} = ${toTorchScript(statement, value)}`;
    value = `x${i}`;
    return line;
  });
  return [
    'class Model(Module):',
    `  __parameters__ = [${parameters.map((name) => `"${name}", `).join('')}]`,
    '  __buffers__ = []',
    ...parameters.map((name) => `  ${name} : Tensor`),
    '  training : bool',
    '  _is_full_backward_hook : Optional[bool]',
    '  def forward(self: __torch__.Model,',
    '    features: Tensor) -> Tensor:',
    ...lines,
    `    return ${value}`,
    '',
  ].join('\n');
}

/** Numbers of PyTorch's enum `ScalarType`. */
const ScalarType = { float32: 6, float64: 7 } as const;

function toTorchScript(statement: Statement, x: string): string {
  switch (statement.kind) {
    case 'convert':
      return `torch.to(${x}, ${ScalarType[statement.precision]})`;
    case 'dense': {
      const { layer } = statement;
      return `torch.linear(${x}, self.dense_${layer}_weight, self.dense_${layer}_bias)`;
    }
    case 'softmax':
      return `torch.softmax(${x}, -1)`;
    case 'multiply':
      return `torch.mul(${x}, ${pythonFloat(statement.value)})`;
    case 'add':
      return `torch.add(${x}, ${pythonFloat(statement.value)})`;
    default:
      return `torch.${statement.kind}(${x})`;
  }
}
