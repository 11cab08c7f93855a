import { startPredictionServer } from '../../serving/start-prediction-server.ts';
import { openStores } from '../../stores/index.ts';
import { type Command, ExitCode } from '../command.ts';
import { endWithSupervisor } from '../stack/end-with-supervisor.ts';

export const serve: Command = {
  summary: 'Answer predictions over HTTP, until told to stop.',
  usage: '[--port 8500] [--host 127.0.0.1]',
  options: { port: { type: 'string' }, host: { type: 'string' } },
  async run({ config, options, output }) {
    const stores = openStores(config);
    const server = await startPredictionServer({
      artifacts: stores.artifacts,
      documents: stores.documents,
      registry: stores.registry,
      host: options.text('host') ?? config.serve.host,
      port: options.wholeNumber('port', 0, 65_535) ?? config.serve.port,
    });
    endWithSupervisor();
    output.line(`prediction server on ${server.url}`);
    output.result({ url: server.url });
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
    });
    await server.close();
    await stores.close();
    return ExitCode.done;
  },
};
