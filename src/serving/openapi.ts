import { z } from 'zod';
import { ModelVersion } from '../schemas/model-package.ts';
import {
  ModelMetadata,
  PredictRequest,
  PredictResponse,
  ProblemDetails,
} from '../schemas/prediction.ts';

const schemaOf = (schema: z.ZodType) => {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { io: 'input' });
  return jsonSchema;
};
const json = (schema: z.ZodType) => ({ 'application/json': { schema: schemaOf(schema) } });

const ModelList = z.strictObject({ models: z.array(ModelVersion) });
const Status = z.strictObject({ status: z.string() });

const FAILURES = {
  400: 'The request is not right.',
  404: 'There is no such model.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
};
const problem = { 'application/problem+json': { schema: schemaOf(ProblemDetails) } };
const failures = (...statuses: (keyof typeof FAILURES)[]) =>
  Object.fromEntries(
    statuses.map((status) => [status, { description: FAILURES[status], content: problem }]),
  );

const parameter = (name: string, type = 'string') => ({
  name,
  in: 'path',
  required: true,
  schema: { type },
});

const PLACES = [
  { path: '/v1/models/{name}', of: 'the champion, else the newest', parameters: ['name'] },
  {
    path: '/v1/models/{name}/versions/{version}',
    of: 'a version',
    parameters: ['name', 'version'],
  },
  { path: '/v1/models/{name}/labels/{alias}', of: 'an alias', parameters: ['name', 'alias'] },
];

/** The server's own description. */
export function openApi(version: string) {
  const paths: Record<string, unknown> = {};
  for (const { path, of, parameters } of PLACES) {
    const described = parameters.map((name) =>
      parameter(name, name === 'version' ? 'integer' : 'string'),
    );
    paths[path] = {
      parameters: described,
      get: {
        summary: `Describe ${of}.`,
        responses: {
          200: { description: 'Metadata', content: json(ModelMetadata) },
          ...failures(400, 404),
        },
      },
    };
    paths[`${path}:predict`] = {
      parameters: described,
      post: {
        summary: `Predict by ${of}, from raw records.`,
        requestBody: { required: true, content: json(PredictRequest) },
        responses: {
          200: { description: 'Predictions', content: json(PredictResponse) },
          ...failures(400, 404, 413, 415),
        },
      },
    };
  }
  paths['/v1/reports/{runId}'] = {
    parameters: [parameter('runId')],
    get: {
      summary: 'The page that tells of the run that a model came from.',
      responses: {
        200: {
          description: 'The report',
          content: { 'text/html': { schema: { type: 'string' } } },
        },
        ...failures(404),
      },
    },
  };
  paths['/v1/models'] = {
    get: {
      summary: 'List models and their versions.',
      responses: { 200: { description: 'All of them', content: json(ModelList) } },
    },
  };
  paths['/healthz'] = {
    get: {
      summary: 'Is it alive?',
      responses: { 200: { description: 'Yes', content: json(Status) } },
    },
  };
  paths['/readyz'] = {
    get: {
      summary: 'Can it predict?',
      responses: {
        200: { description: 'Yes', content: json(Status) },
        503: { description: 'Not now', content: json(Status) },
      },
    },
  };
  return {
    openapi: '3.1.0',
    info: { title: 'Sevenfold prediction server', version },
    paths,
  };
}
