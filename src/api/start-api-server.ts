import type { Socket } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { DEADLINE_EXCEEDED, grpcCode, UNAVAILABLE } from '../client/grpc-code.ts';
import type { LifecycleClient } from '../client/lifecycle-client.ts';
import { PipelineClient } from '../client/pipeline-client.ts';
import { noTemporalServer } from '../connection.ts';
import { InputError } from '../errors.ts';
import { listen } from '../listen.ts';
import type { DocumentStore } from '../stores/document-store.ts';
import { TokenStore } from '../stores/token-store.ts';
import { softwareVersions } from '../versions.ts';
import { authenticator } from './authenticate.ts';
import { callbackRoutes } from './callback-routes.ts';
import { httpProblem, SchemaFault } from './http-problem.ts';
import { KnownPaths } from './known-paths.ts';
import { Health } from './openapi-parts.ts';
import { pipelineRoutes } from './pipeline-routes.ts';
import { PipelineService } from './pipeline-service.ts';
import { runRoutes } from './run-routes.ts';
import { RunService } from './run-service.ts';
import { StartOnce } from './start-once.ts';

const LARGEST_BODY_BYTES = 2 ** 20;
const MINUTE_MS = 60_000;
/** A stream of events that lasts for longer breaks off; its reader comes again. */
const LONGEST_STREAM_MS = 15 * MINUTE_MS;
const AWAY: readonly (number | undefined)[] = [UNAVAILABLE, DEADLINE_EXCEEDED];

export interface ApiServerOptions {
  readonly client: LifecycleClient;
  readonly documents: DocumentStore;
  /** Where the key lies that callbacks are checked with. */
  readonly home: string;
  readonly dataRoot: string;
  /** Folder of the graphs that are asked for by name. */
  readonly pipelines: string;
  readonly webhookHosts: readonly string[];
  /** Of one token. */
  readonly requestsPerMinute: number;
  /** How long one stream of events may last; default: 15 minutes. */
  readonly longestStreamMs?: number;
  readonly host: string;
  readonly port: number;
}

export interface ApiServer {
  readonly url: string;
  /** Answers what is under way, then closes. */
  close(): Promise<void>;
}

/** Serves the HTTP API: runs, of the lifecycle and of graphs, for those who hold a token. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { client, documents, home, dataRoot, pipelines, webhookHosts, host, port } = options;
  const server = fastify({
    bodyLimit: LARGEST_BODY_BYTES,
    routerOptions: { maxParamLength: 4_000 },
    forceCloseConnections: true,
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) =>
      void sendProblem(request, reply as FastifyReply, error),
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.removeContentTypeParser('text/plain');
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) =>
      void parseJson(request, body, (error, value) =>
        done(error !== null && isJson(body) ? forbiddenKey(error) : error, value),
      ),
  );
  server.decorateRequest('token', null);
  server.setErrorHandler((error, request, reply) => sendProblem(request, reply, error));
  const paths = new KnownPaths();
  server.addHook('onRoute', (route) => paths.add(route));
  // Before its body is read, which may be none that a server can read.
  server.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const methods = paths.methodsOf(request.url);
    if (methods.length === 0) throw noSuchPath();
    reply.header('allow', methods.join(', '));
    throw wrongMethod(request.method, methods);
  });
  server.addHook('onRequest', authenticator(new TokenStore(documents)));
  await server.register(rateLimit, {
    max: options.requestsPerMinute,
    timeWindow: MINUTE_MS,
    hook: 'preParsing',
    keyGenerator: ({ token, ip }) => token?.id ?? ip,
    errorResponseBuilder: (_request, { ttl }) => tooMany(Math.ceil(ttl / 1000)),
  });
  const { sevenfold = '0' } = await softwareVersions();
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sevenfold',
        version: sevenfold,
        description: 'Runs of the lifecycle, and of graphs.',
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          callback: {
            ...{ type: 'http', scheme: 'bearer' },
            description: 'The token that came with the request of a step.',
          },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  server.get('/healthz', {
    schema: {
      ...{ operationId: 'getHealth', summary: 'Is it alive?' },
      response: {
        200: { description: 'Yes', content: { 'application/json': { schema: Health } } },
      },
    },
    handler: () => ({ status: 'ok' as const }),
  });
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
  const starts = new StartOnce(client.temporal, webhookHosts);
  const { longestStreamMs = LONGEST_STREAM_MS } = options;
  const runs = new RunService({ client, starts, dataRoot });
  await server.register(runRoutes(client, runs, longestStreamMs));
  await server.register(
    pipelineRoutes(
      new PipelineClient(client.temporal, client.settings),
      new PipelineService({ starts, dataRoot, pipelines }),
      longestStreamMs,
    ),
  );
  await server.register(callbackRoutes({ client: client.temporal, home }));
  await server.ready();
  return {
    url: await listen(server, { host, port, variable: 'SEVENFOLD_API_PORT' }),
    close: () => server.close(),
  };
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown) {
  const details = httpProblem(translate(request, error), request.url);
  if (details.status >= 500) console.error(error);
  if (details.status === 401) reply.header('www-authenticate', 'Bearer');
  // The route's schemas speak of what it answers, and need not know every refusal.
  return reply
    .code(details.status)
    .type('application/problem+json')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(details);
}

/** Answers what is no HTTP request that Node can read: a method that it does not know, or nonsense. */
function answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  const isMethod = error.code === 'HPE_INVALID_METHOD';
  const status = isMethod ? '405 Method Not Allowed' : '400 Bad Request';
  const allow = isMethod ? 'Allow: GET, HEAD, POST\r\n' : '';
  if (socket.writable)
    socket.write(`HTTP/1.1 ${status}\r\n${allow}Content-Length: 0\r\nConnection: close\r\n\r\n`);
  socket.destroySoon();
}

/** Says in our words what the framework and the Temporal client complain of. */
function translate({ routeOptions, ...request }: FastifyRequest, error: unknown): unknown {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const part = error.validationContext as 'body' | 'querystring' | 'params' | 'headers';
    const schema = routeOptions.schema?.[part] as z.ZodType;
    const input = part === 'querystring' ? request.query : request[part];
    const { error: fault } = schema.safeParse(input);
    if (fault !== undefined) return new SchemaFault(fault, schema, input);
  }
  if (AWAY.includes(grpcCode(error))) return noTemporalServer('the configured address', error);
  return error;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is JSON, and is refused all the same: names that would change objects. */
const forbiddenKey = (cause: unknown): InputError =>
  new InputError(
    {
      ...{ code: 'ForbiddenKey', field: 'body', value: '__proto__ or constructor.prototype' },
      expected: "keys that are not the language's own",
      remedy: 'Rename them.',
    },
    { cause },
  );

const noSuchPath = () => Object.assign(new Error('no such path'), { statusCode: 404 });

const wrongMethod = (method: string, methods: readonly string[]): InputError =>
  new InputError({
    ...{ code: 'WrongMethod', field: 'method', value: method },
    ...{ expected: methods.join(' or '), remedy: 'See /openapi.json.' },
  });

const tooMany = (seconds: number): InputError =>
  new InputError({
    ...{ code: 'TooManyRequests', field: 'authorization', value: null },
    expected: 'fewer requests',
    remedy: `Ask again in ${seconds} s.`,
  });
