import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { findGarbage, removeGarbage, USUAL_AGES } from '../../../src/stores/collect-garbage.ts';
import { openStores } from '../../../src/stores/index.ts';
import { CommandHome } from '../../support/command.ts';
import { Moto } from '../../support/moto.ts';

const SETUP_MS = 600_000;
const MONTH_MS = 30 * 24 * 3_600_000;

let moto: Moto;
let home: CommandHome;

beforeAll(async () => {
  moto = await Moto.start();
  const variables = { ...moto.variables(), SEVENFOLD_STORE: moto.newStore() };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  home = await CommandHome.create();
}, SETUP_MS);
afterAll(async () => {
  await home.remove();
  await moto.stop();
});

test('what nobody refers to is found in a bucket, and removed', async () => {
  const stores = openStores(readConfig(home.environment));
  const { uri } = await stores.artifacts.put(Buffer.from('nobody’s'), 'text/plain');
  const kept = await stores.artifacts.put(Buffer.from('a document’s'), 'text/plain');
  await stores.documents.write('runs/1/steps/train', { kept });
  const garbage = await findGarbage(stores, USUAL_AGES, Date.now() + MONTH_MS);
  const removed = await removeGarbage(stores.objects, garbage);
  expect(removed.map(({ key }) => key)).toEqual([uri]);
  expect(await stores.objects.list('objects/')).toHaveLength(1);
  await stores.close();
});

test('records of runs are not collected where the models’ registry is not', async () => {
  const { code, stderr } = await home.run('gc', '--runs-older-than', '30d');
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stderr).toContain('the registry of models');
  expect((await home.run('gc')).code).toBe(0);
});
