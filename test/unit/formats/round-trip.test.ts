import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { formats } from '../../../src/formats/index.ts';
import type { DenseLayer } from '../../../src/formats/network.ts';
import type { PortableModel } from '../../../src/formats/portable-model.ts';
import { ExportRefused, verifyExport } from '../../../src/formats/verify-export.ts';
import { whyUnsuitable } from '../../../src/formats/why-unsuitable.ts';
import { writeExport, writeFiles } from '../../../src/formats/write-export.ts';
import type { FormatName } from '../../../src/schemas/model-export.ts';
import {
  EXPORTABLE,
  type Exportable,
  type ExportableModel,
  isAble,
  makeExportable,
} from '../../support/exportable-models.ts';
import { SmallModels } from '../../support/small-model.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const home = await temporaryFolder('formats');
const models = new SmallModels(home);
const made = new Map<Exportable, ExportableModel>();
for (const name of EXPORTABLE) made.set(name, await makeExportable(models, name));

const formatNames = Object.keys(formats) as FormatName[];

async function write(format: FormatName, name: Exportable) {
  const { portable, selfTest } = made.get(name) as ExportableModel;
  const folder = join(home, format, name);
  await writeFiles(folder, await writeExport(formats[format], portable, selfTest));
  return { folder, verify: () => verifyExport(formats[format], folder, portable, selfTest) };
}

describe.each(formatNames)('%s', (format) => {
  const able = EXPORTABLE.filter((name) => isAble(format, name));
  test.each(able)('%s: what is written answers as the model does', async (name) => {
    const { verify } = await write(format, name);
    const { relativeError, rows, runtime } = await verify();
    expect(rows).toBe(64);
    expect(runtime).not.toBe('');
    expect(relativeError).toBeLessThanOrEqual(1e-5);
  });

  test('the same model gives the same bytes, also later', async () => {
    const { portable, selfTest } = made.get(able.at(-1) as Exportable) as ExportableModel;
    const first = await writeExport(formats[format], portable, selfTest);
    vi.setSystemTime(Date.now() + 3_600_000);
    const second = await writeExport(formats[format], portable, selfTest);
    vi.useRealTimers();
    expect(second).toEqual(first);
  });

  test('weights that differ from the model are found out', async () => {
    const { portable, selfTest } = made.get(able.at(-1) as Exportable) as ExportableModel;
    const folder = join(home, format, 'changed');
    await writeFiles(folder, await writeExport(formats[format], changed(portable), selfTest));
    await expect(verifyExport(formats[format], folder, portable, selfTest)).rejects.toThrow(
      ExportRefused,
    );
  });
});

/** The same model, a thousandth beside itself. */
function changed(portable: PortableModel): PortableModel {
  const off = <T extends Float32Array | Float64Array>(values: T): T => {
    const copy = values.slice() as T;
    copy[0] = (copy[0] as number) + 1e-2;
    return copy;
  };
  switch (portable.kind) {
    case 'network': {
      const { network } = portable;
      const [first, ...layers] = network.layers as [DenseLayer, ...DenseLayer[]];
      const bias = off(first.bias);
      return { ...portable, network: { ...network, layers: [{ ...first, bias }, ...layers] } };
    }
    case 'trees': {
      const { ensemble } = portable.trees;
      const base = off(ensemble.base);
      return { ...portable, trees: { ...portable.trees, ensemble: { ...ensemble, base } } };
    }
    case 'naive Bayes':
      return { ...portable, bayes: { ...portable.bayes, priors: off(portable.bayes.priors) } };
    case 'ensemble': {
      const members = portable.members.map(({ model, share }, i) => ({
        ...{ model, share: i === 0 ? share + 1e-2 : share },
      }));
      return { ...portable, members };
    }
  }
}

const SINGLE_PRECISION: readonly FormatName[] = ['tfjs-layers', 'tfjs-graph', 'tflite'];

test.each(SINGLE_PRECISION)(
  '%s refuses a model whose sums cancel out beyond single precision',
  async (format) => {
    const { verify } = await write(format, 'linear on raw values');
    await expect(verify()).rejects.toThrow(/differs from the model by .* of the largest output/);
  },
);

test('a layers model has no exponential, and says so', () => {
  const { portable } = made.get('ridge on a log scale') as ExportableModel;
  expect(whyUnsuitable(formats['tfjs-layers'], portable)).toContain('log scale');
});

test('a self-test has missing cells, unseen categories, and both classes', () => {
  const { selfTest } = made.get('logistic, two classes') as ExportableModel;
  const cities = selfTest.records.map((record) => record['city']);
  expect(cities).toContain(null);
  expect(cities).toContain('(never seen)');
  const likeliest = new Set(selfTest.outputs.map(([no = 0, yes = 0]) => yes > no));
  expect(likeliest.size).toBe(2);
});
