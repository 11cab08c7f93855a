import { access, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandHome } from '../../support/command.ts';

const sums = resolve(import.meta.dirname, '../../fixtures/sums.yaml');
let home: CommandHome;

beforeAll(async () => {
  home = await CommandHome.create();
});
afterAll(() => home.remove());

const step = (id: string, more: object = {}) => ({
  ...{ id, uses: 'exec', exec: { command: ['true'] }, output: { out: 'number' } },
  ...more,
});
const from = (place: string) => ({ with: { x: { $from: place } } });

test.each([
  ['a cycle', [step('a', from('steps.b.out')), step('b', from('steps.a.out'))], 'steps.a', 'wires'],
  [
    'an unknown step',
    [step('first'), step('b', { after: ['frist'] })],
    'steps.b.after',
    "'first'?",
  ],
  ['a wrong type', [step('a', { input: { x: 'number' }, with: { x: 'y' } })], 'steps.a.with.x', ''],
  ['a missing input', [{ id: 'a', uses: 'lifecycle' }], 'steps.a.with.job', 'add it'],
  ['an unbounded loop', [step('a', { repeat: {} })], 'steps.a.repeat.atMost', 'atMost: 10'],
  ['a fan-out over no list', [step('a', { each: { in: 7 } })], 'steps.a.each.in', ''],
  ['a name clash', [step('a'), step('a')], 'steps.a.id', ''],
])(
  '%s is refused before anything is started, with path and remedy',
  async (_, steps, field, remedy) => {
    const file = join(home.home, 'wrong.json');
    await writeFile(file, JSON.stringify({ name: 'wrong', steps }));
    const refused = await home.runHere('pipeline', 'run', file, '--json');
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain(`${field}: got`);
    expect(refused.stderr).toContain(remedy);
    // There would be a local stack else.
    await expect(access(join(home.home, 'stack.json'))).rejects.toThrow('ENOENT');
  },
);

test('a graph is checked, shown and drawn', async () => {
  const checked = await home.run('pipeline', 'check', sums, '--json');
  expect(checked).toMatchObject({ code: 0, json: { pipeline: 'sums', steps: 4 } });
  expect(checked.json['hash']).toMatch(/^[0-9a-f]{64}$/);
  const shown = await home.runHere('pipeline', 'show', sums, '--json');
  expect(shown.json).toMatchObject({
    hash: checked.json['hash'],
    pipeline: { name: 'sums', inputs: { extra: { type: 'number', default: 0 } } },
  });
  const { stdout } = await home.runHere('pipeline', 'show', sums);
  expect(stdout).toMatch(/squares +square +each item/);
  expect((await home.runHere('pipeline', 'graph', sums)).stdout).toMatch(/^flowchart/);
  const picture = join(home.home, 'sums.svg');
  await home.runHere('pipeline', 'graph', sums, '--format', 'svg', '--output', picture);
  expect(await readFile(picture, 'utf8')).toMatch(/^<svg[^]*squares[^]*<\/svg>/);
});
