import { resolve } from 'node:path';
import { startPredictionServer } from '../../serving/start-prediction-server.ts';
import { openStores } from '../../stores/index.ts';
import { type Command, ExitCode } from '../command.ts';
import { endWithSupervisor } from '../stack/end-with-supervisor.ts';
import { outliveLog } from '../stack/outlive-log.ts';

export const serve: Command = {
  usage: `[--port 8500] [--host 127.0.0.1] [--images <folder>]

  --images <folder>      records may name images in it by their paths; else base64 alone`,
  options: { port: { type: 'string' }, host: { type: 'string' }, images: { type: 'string' } },
  async run({ config, options, output }) {
    const images = options.text('images');
    const stores = openStores(config);
    const server = await startPredictionServer({
      artifacts: stores.artifacts,
      documents: stores.documents,
      registry: stores.registry,
      host: options.text('host') ?? config.serve.host,
      port: options.wholeNumber('port', 0, 65_535) ?? config.serve.port,
      imageFolder: images === undefined ? null : resolve(images),
    });
    endWithSupervisor();
    outliveLog();
    output.line(`prediction server on ${server.url}`);
    output.result({ url: server.url });
    await new Promise<void>((stop) => {
      process.once('SIGTERM', stop);
      process.once('SIGINT', stop);
    });
    await server.close();
    await stores.close();
    return ExitCode.done;
  },
};
