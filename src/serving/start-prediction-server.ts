import { type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { listen } from '../listen.ts';
import { loadTensorFlow } from '../ml/backend.ts';
import { type AnyPackage, isImported } from '../schemas/any-package.ts';
import type { ModelVersion } from '../schemas/model-package.ts';
import type { ModelMetadata, PredictResponse } from '../schemas/prediction.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import type { DocumentStore } from '../stores/document-store.ts';
import { findModel } from '../stores/find-model.ts';
import type { ModelRegistry } from '../stores/model-registry.ts';
import { softwareVersions } from '../versions.ts';
import { ModelCache } from './model-cache.ts';
import { openApi } from './openapi.ts';
import { LARGEST_BODY_MIB, problemDetails } from './problem-details.ts';
import { readReport } from './read-report.ts';
import { type ModelPath, readInstances, readModelPath, refuseFaults } from './read-request.ts';

/** A report is text, style and pictures: no script runs in it, and it fetches nothing. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export interface PredictionServer {
  readonly url: string;
  /** Answers what is under way, then closes. */
  close(): Promise<void>;
}

/**
 * Serves every registered model. Aliases are looked up with each request, so that a new champion
 * answers the next one; requests under way keep the version that they began with.
 */
export async function startPredictionServer({
  artifacts,
  documents,
  registry,
  host,
  port,
  imageFolder = null,
}: {
  readonly artifacts: ArtifactStore;
  readonly documents: DocumentStore;
  readonly registry: ModelRegistry;
  readonly host: string;
  readonly port: number;
  /** Records may name images in it by their paths; null for none. */
  readonly imageFolder?: string | null;
}): Promise<PredictionServer> {
  const models = new ModelCache(artifacts);
  const server = fastify({
    bodyLimit: LARGEST_BODY_MIB * 2 ** 20,
    routerOptions: { maxParamLength: 500 },
    // Paths that can't be decoded, which never reach a handler.
    frameworkErrors: (error, request, reply) =>
      void sendProblem(request, reply as FastifyReply, error),
  });
  // Text would be read as a body that is no JSON; it is a wrong type, like every other.
  server.removeContentTypeParser('text/plain');
  const { sevenfold = '0' } = await softwareVersions();
  const description = openApi(sevenfold);
  const backend = loadTensorFlow();
  // Readiness tells of it.
  backend.catch(() => undefined);

  server.setErrorHandler((error, request, reply) => sendProblem(request, reply, error));
  server.setNotFoundHandler((request, reply) => sendProblem(request, reply, noSuchPath()));
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    try {
      await backend;
      await registry.list();
      return { status: 'ready' };
    } catch {
      return reply.code(503).send({ status: 'not ready' });
    }
  });
  server.get('/openapi.json', () => description);
  server.get<{ Params: { runId: string } }>(
    '/v1/reports/:runId',
    async ({ params }, reply): Promise<Buffer> => {
      const page = await readReport({ artifacts, documents }, params.runId);
      if (page === null) throw noSuchPath();
      void reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY);
      return Buffer.from(page);
    },
  );
  server.get('/v1/models', async () => ({ models: await registry.list() }));
  server.get<{ Params: { '*': string } }>('/v1/models/*', async ({ params }) => {
    const path = pathOf(params['*'], false);
    const version = await findModel(registry, path.name, path.which);
    return models.use(version, async (model) => describeVersion(version, model.package));
  });
  server.post<{ Params: { '*': string } }>('/v1/models/*', async ({ params, body }) => {
    const path = pathOf(params['*'], true);
    const version = await findModel(registry, path.name, path.which);
    const instances = readInstances(body);
    return models.use(version, async (model, batcher): Promise<PredictResponse> => {
      const records = await model.read(instances, { folder: imageFolder, isConfined: true });
      refuseFaults(model, records);
      const warnings = model.describeOddities(records);
      return {
        model: version.model,
        version: version.version,
        predictions: (await batcher.predict(records)).map((prediction) => ({ ...prediction })),
        ...(warnings.length > 0 && { warnings }),
      };
    });
  });

  const url = await listen(server, { host, port, variable: 'SEVENFOLD_SERVE_PORT' });
  return {
    url,
    async close() {
      await server.close();
      await models.close();
    },
  };
}

function pathOf(text: string, isPrediction: boolean): ModelPath {
  const path = readModelPath(text);
  if (path?.isPrediction === isPrediction) return path;
  throw noSuchPath();
}

const noSuchPath = () => Object.assign(new Error('no such path'), { statusCode: 404 });

function sendProblem({ url, headers }: FastifyRequest, reply: FastifyReply, error: unknown) {
  const details = problemDetails(error, { url, contentType: headers['content-type'] });
  if (details.status >= 500) console.error(error);
  return reply.code(details.status).type('application/problem+json').send(details);
}

function describeVersion(
  { model, version, aliases, createdAt, runId }: ModelVersion,
  modelPackage: AnyPackage,
): ModelMetadata {
  const { problem, inputs, evaluation, weightsHash, dataHash } = modelPackage;
  const isForeign = isImported(modelPackage);
  return {
    model,
    version,
    aliases,
    createdAt,
    problem,
    estimator: isForeign
      ? `imported ${modelPackage.imported.format}`
      : modelPackage.candidate.estimator,
    inputs,
    score: evaluation.score,
    interval: evaluation.interval,
    metrics: evaluation.metrics,
    weightsHash,
    dataHash,
    runId,
    report: isForeign ? null : `/v1/reports/${runId}`,
  };
}
