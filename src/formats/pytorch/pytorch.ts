import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFormat } from '../model-format.ts';
import type { Network } from '../network.ts';
import { networkRunner } from '../network-runner.ts';
import type { NetworkModel } from '../portable-model.ts';
import { modelSource } from './model-source.ts';
import type { PythonValue } from './python-values.ts';
import { dictionaryOf, TensorStorages } from './tensors.ts';
import { packArchive, unpackArchive } from './torch-archive.ts';
import { biasOf, readNetwork, weightOf } from './torch-layers.ts';

const WEIGHTS = 'weights.pth';
const SOURCE = 'model.py';

/** PyTorch: a state dictionary, and the source of the module that it belongs to. */
export const pytorch: ModelFormat<NetworkModel> = {
  name: 'pytorch',
  title: 'PyTorch state dictionary',
  formatVersion: 'torch.save, ZIP',
  holds: ['network'],
  takes: 'features',
  async write(model) {
    return [
      {
        path: WEIGHTS,
        bytes: encodeStateDict(model.network),
        mediaType: 'application/zip',
        purpose: 'the weights: torch.load(…, weights_only=True)',
      },
      {
        path: SOURCE,
        bytes: Buffer.from(modelSource(model)),
        mediaType: 'text/x-python',
        purpose: 'the module that they belong to: load() gives it with its weights',
      },
    ];
  },
  async open(folder) {
    const { tensor } = unpackArchive(await readFile(join(folder, WEIGHTS)));
    const source = await readFile(join(folder, SOURCE), 'utf8');
    return networkRunner(readNetwork(source, (layer, name) => tensor(`dense_${layer}.${name}`)));
  },
};

function encodeStateDict({ layers }: Network): Uint8Array {
  const storages = new TensorStorages();
  const entries = new Map<string, PythonValue>();
  layers.forEach((layer, i) => {
    entries.set(`dense_${i}.weight`, storages.add(weightOf(layer)));
    entries.set(`dense_${i}.bias`, storages.add(biasOf(layer)));
  });
  return packArchive(dictionaryOf(entries), storages, { byteorder: Buffer.from('little') });
}
