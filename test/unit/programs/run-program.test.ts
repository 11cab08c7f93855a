import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProgramOrder } from '../../../src/activities/step.ts';
import { readConfig } from '../../../src/config.ts';
import { Exec } from '../../../src/schemas/pipeline.ts';
import { openStores } from '../../../src/stores/index.ts';
import { runProgram } from '../../../src/workers/programs/run-program.ts';
import { until } from '../../support/until.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sevenfold-programs-'));
});
afterAll(() => rm(home, { recursive: true }));

/** A shell script under the contract, as a program. */
function program(script: string, more: Partial<ProgramOrder> = {}, exec: object = {}) {
  const order: ProgramOrder = {
    exec: Exec.parse({ command: ['sh', '-c', script], ...exec }),
    ...{ inputs: {}, output: {}, memoryBytes: undefined },
    lineage: `run/${Math.abs(hash(script))}`,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  };
  const config = { ...readConfig({}), home };
  const environment = {
    PATH: process.env['PATH'],
    AWS_SECRET_ACCESS_KEY: 'hidden',
    PASSWORD: 'pw',
  };
  return runProgram(order, { config, stores: openStores({ home }), environment });
}
const hash = (text: string) => Buffer.from(text).reduce((sum, c) => (sum * 31 + c) | 0, 7);

test('inputs are read, outputs and metrics come back, files go to the store', async () => {
  const script = `
    printf 'weights' > "$SEVENFOLD_OUTPUTS/model.bin"
    printf '{"model": "model.bin", "given": %s}' "$(cat "$SEVENFOLD_INPUTS")" > "$SEVENFOLD_OUTPUTS/outputs.json"
    echo '{"metric": "loss", "step": 1, "value": 0.5}' >> "$SEVENFOLD_PROGRESS"`;
  const done = await program(script, {
    inputs: { x: [1] },
    output: { model: 'artifact', given: 'any' },
  });
  expect(done.outputs).toMatchObject({ given: { x: [1] }, model: { bytes: 7 } });
  const { artifacts } = openStores({ home });
  const model = done.outputs['model'] as Parameters<typeof artifacts.read>[0];
  expect(Buffer.from(await artifacts.read(model)).toString()).toBe('weights');
  expect(done.metrics).not.toBeNull();
});

test('work that is done is not done again', async () => {
  const marker = join(home, 'marker');
  const script = `echo x >> ${marker}; echo '{"n": 1}' > "$SEVENFOLD_OUTPUTS/outputs.json"`;
  const first = await program(script);
  await writeFile(marker, '');
  expect(await program(script)).toEqual(first);
  expect(await readFile(marker, 'utf8')).toBe('');
});

test('a program sees no secret of the worker but those that it is given by reference', async () => {
  const script = `printf '{"aws": "%s", "own": "%s"}' "$AWS_SECRET_ACCESS_KEY" "$DB" > "$SEVENFOLD_OUTPUTS/outputs.json"`;
  const done = await program(script, {}, { secrets: { DB: 'env:PASSWORD' } });
  expect(done.outputs).toEqual({ aws: '', own: 'pw' });
  await expect(program('true # 2', {}, { secrets: { DB: 'env:NOWHERE' } })).rejects.toMatchObject({
    problem: { code: 'SecretMissing', field: 'exec.secrets.DB', value: 'env:NOWHERE' },
  });
});

test('told to stop, it keeps a checkpoint, and the next attempt is given it', async () => {
  const stopping = new AbortController();
  const script = `
    if [ -n "$SEVENFOLD_RESUME" ]; then
      printf '{"from": "%s"}' "$(cat "$SEVENFOLD_RESUME/state")" > "$SEVENFOLD_OUTPUTS/outputs.json"; exit 0
    fi
    trap 'mkdir "$SEVENFOLD_CHECKPOINTS/c"; echo kept > "$SEVENFOLD_CHECKPOINTS/c/state"; echo "{\\"checkpoint\\": \\"c\\"}" >> "$SEVENFOLD_PROGRESS"; exit 75' TERM
    echo '{"message": "ready"}' >> "$SEVENFOLD_PROGRESS"
    while :; do sleep 0.05; done`;
  const attempt = program(script, {
    signal: stopping.signal,
    onProgress: ({ message }) => {
      if (message === 'ready') stopping.abort();
    },
  });
  await expect(attempt).rejects.toThrow('abort');
  expect((await program(script)).outputs).toEqual({ from: 'kept' });
  expect((await readdir(join(home, 'tmp'))).filter((name) => name.includes('~'))).toEqual([]);
});

test('one that does not stop is killed, with all that it has started', async () => {
  const stopping = new AbortController();
  const file = join(home, 'child.pid');
  const script = `trap '' TERM; sleep 600 & echo $! > ${file}; echo '{"message": "ready"}' >> "$SEVENFOLD_PROGRESS"; wait; wait`;
  const onProgress = () => stopping.abort();
  const attempt = program(script, { signal: stopping.signal, onProgress }, { stopSeconds: 0.2 });
  await expect(attempt).rejects.toThrow('abort');

  const pid = Number(await readFile(file, 'utf8'));
  await until(() => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
});

test('what it died of is told', async () => {
  await expect(program('echo bad luck >&2; exit 3')).rejects.toMatchObject({
    name: 'ProgramFailed',
    message: 'The program ended by exit code 3. bad luck',
  });
  await expect(program('kill -9 $$')).rejects.toMatchObject({ name: 'ProgramKilled' });
  await expect(program(`echo '[' > "$SEVENFOLD_OUTPUTS/outputs.json"`)).rejects.toMatchObject({
    problem: { code: 'WrongOutput', field: 'outputs.json' },
  });
});
