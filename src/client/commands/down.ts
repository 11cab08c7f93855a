import { setTimeout as pause } from 'node:timers/promises';
import { isAlive } from '../../process-lock.ts';
import { type Command, ExitCode } from '../command.ts';
import { liveStack } from '../stack/ensure-stack.ts';

const LOOK_EVERY_MS = 100;

export const down: Command = {
  usage: '',
  options: {},
  async run({ config, output }) {
    const stack = await liveStack(config.home);
    if (stack === null) {
      output.line('no local stack runs');
    } else {
      process.kill(stack.pid, 'SIGTERM');
      while (isAlive(stack.pid)) await pause(LOOK_EVERY_MS);
      output.line('the local stack has ended');
    }
    output.result({ stopped: stack !== null });
    return ExitCode.done;
  },
};
