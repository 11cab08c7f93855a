import { resolve } from 'node:path';
import { startApiServer } from '../../api/start-api-server.ts';
import { openStores } from '../../stores/index.ts';
import { type Command, ExitCode } from '../command.ts';
import { LifecycleClient } from '../lifecycle-client.ts';
import { endWithSupervisor } from '../stack/end-with-supervisor.ts';
import { outliveLog } from '../stack/outlive-log.ts';

const REQUESTS_PER_MINUTE = 600;

export const api: Command = {
  usage: `[--port 8600] [--host 127.0.0.1] [--data <folder>] [--rate ${REQUESTS_PER_MINUTE}]

  --data   the folder that jobs may read; default: the current one
  --rate   requests a minute that each token has

Make a token with 'sevenfold token create'. The API describes itself at /openapi.json.`,
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    data: { type: 'string' },
    rate: { type: 'string' },
  },
  async run({ config, options, output }) {
    const client = await LifecycleClient.connect(config);
    const stores = openStores(config);
    const server = await startApiServer({
      client,
      documents: stores.documents,
      home: config.home,
      dataRoot: resolve(options.text('data') ?? '.'),
      pipelines: config.pipelines,
      webhookHosts: config.webhookHosts,
      requestsPerMinute: options.wholeNumber('rate', 1, 1_000_000) ?? REQUESTS_PER_MINUTE,
      host: options.text('host') ?? config.api.host,
      port: options.wholeNumber('port', 0, 65_535) ?? config.api.port,
    });
    endWithSupervisor();
    outliveLog();
    output.line(`HTTP API on ${server.url}`);
    output.result({ url: server.url });
    await new Promise<void>((done) => {
      process.once('SIGTERM', done);
      process.once('SIGINT', done);
    });
    await server.close();
    await stores.close();
    await client.close();
    return ExitCode.done;
  },
};
