import type { Stack } from '../../schemas/stack.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import { type Command, ExitCode } from '../command.ts';
import type { Output } from '../output.ts';
import { ensureStack, liveStack } from '../stack/ensure-stack.ts';
import { LocalStack } from '../stack/local-stack.ts';
import { outliveLog } from '../stack/outlive-log.ts';
import { claimStack, endOrphans, releaseStack } from '../stack/stack-file.ts';

export const dev: Command = {
  usage: `[--detach]

  --detach   leave it running in the background; end it with 'sevenfold down'`,
  options: { detach: { type: 'boolean' } },
  async run({ config, options, output }) {
    await ensureReady(config, (text) => output.line(text));
    if (options.has('detach')) {
      show(output, await ensureStack(config, (text) => output.live(text)));
      return ExitCode.done;
    }
    if (!(await claimStack(config.home))) {
      const running = await liveStack(config.home);
      output.line('the local stack runs already');
      if (running !== null) show(output, running);
      return ExitCode.done;
    }
    outliveLog();
    const stack = new LocalStack(config);
    const told = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    try {
      await endOrphans(config.home);
      const started = await Promise.race([stack.start((text) => output.live(text)), told]);
      if (started !== undefined) {
        show(output, started);
        await told;
      }
    } finally {
      await stack.stop();
      await releaseStack(config.home);
    }
    return ExitCode.done;
  },
};

function show(output: Output, stack: Stack): void {
  output.line(`web UI      ${stack.webUi}`);
  output.line(`Temporal    ${stack.address}, namespace ${stack.namespace}`);
  output.line(`prediction  ${stack.serving}`);
  output.result(stack);
}
