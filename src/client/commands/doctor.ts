import { diagnose } from '../../setup/doctor.ts';
import { type Command, ExitCode } from '../command.ts';
import { formatTable } from '../output.ts';

const MARK = { ok: '✔', warning: '!', missing: '✘' } as const;

export const doctor: Command = {
  usage: '',
  options: {},
  async run({ config, output }) {
    const findings = await diagnose(config);
    output.line(
      formatTable(findings.map(({ status, name, found }) => [MARK[status], name, found])),
    );
    for (const { name, remedy, status } of findings) {
      if (status !== 'ok' && remedy !== null) output.line(`${name}: ${remedy}`);
    }
    output.result({ findings });
    const isWhole = findings.every(({ status }) => status !== 'missing');
    return isWhole ? ExitCode.done : ExitCode.unavailable;
  },
};
