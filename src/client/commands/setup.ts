import { setup as runSetup } from '../../setup/setup.ts';
import { type Command, ExitCode } from '../command.ts';

export const setup: Command = {
  usage: `[--gpu]

  --gpu   take the CUDA build of TensorFlow (572 MB; needs CUDA 12 and cuDNN 9)`,
  options: { gpu: { type: 'boolean' } },
  async run({ config, options, output }) {
    await runSetup(config, { gpu: options.has('gpu') }, (text) => output.line(text));
    output.result({ ready: true });
    return ExitCode.done;
  },
};
