import { z } from 'zod';
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

const failures = Object.fromEntries(
  Object.entries({ 400: 'The request is not right.', 404: 'There is no such model.' }).map(
    ([status, description]) => [
      status,
      {
        description,
        content: { 'application/problem+json': { schema: schemaOf(ProblemDetails) } },
      },
    ],
  ),
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
        responses: { 200: { description: 'Metadata', content: json(ModelMetadata) }, ...failures },
      },
    };
    paths[`${path}:predict`] = {
      parameters: described,
      post: {
        summary: `Predict by ${of}, from raw records.`,
        requestBody: { required: true, content: json(PredictRequest) },
        responses: {
          200: { description: 'Predictions', content: json(PredictResponse) },
          ...failures,
        },
      },
    };
  }
  paths['/healthz'] = {
    get: { summary: 'Is it alive?', responses: { 200: { description: 'Yes' } } },
  };
  paths['/readyz'] = {
    get: {
      summary: 'Can it predict?',
      responses: { 200: { description: 'Yes' }, 503: { description: 'Not now' } },
    },
  };
  return {
    openapi: '3.1.0',
    info: { title: 'Sevenfold prediction server', version },
    paths,
  };
}
