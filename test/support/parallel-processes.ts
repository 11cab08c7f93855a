import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Statements of an ES module that loads TypeScript, run in a process of its own. */
export interface ProcessScript {
  /** What is done before the others are waited for; may declare names. */
  readonly prepare: string;
  /** An expression; what it resolves to, as JSON, is the result. */
  readonly act: string;
}

/** Runs scripts in as many processes, none of which acts before all are prepared; gives their results. */
export async function inParallelProcesses(scripts: readonly ProcessScript[]): Promise<unknown[]> {
  const children = scripts.map(start);
  await Promise.all(children.map(({ prepared }) => prepared));
  return Promise.all(children.map(({ act }) => act()));
}

function start({ prepare, act }: ProcessScript) {
  const text = `
    ${prepare}
    process.send('prepared');
    await new Promise((resolve) => process.once('message', resolve));
    const result = await (${act});
    process.send({ result }, () => process.disconnect());`;
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', text],
    { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] },
  );
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const failed = once(child, 'exit').then(() => {
    throw new Error(`A process ended before its result: ${errors}`);
  });
  failed.catch(() => undefined);
  const message = () => Promise.race([once(child, 'message'), failed]);
  return {
    prepared: message(),
    async act(): Promise<unknown> {
      child.send('act');
      const [reply] = (await message()) as [{ result: unknown }];
      return reply.result;
    },
  };
}
