import { z } from 'zod';
import { estimators } from '../ml/estimators/index.ts';
import { SingleEstimatorName } from '../schemas/hyperparameters.ts';
import { ColumnEncoding, ModelMapping, TensorInput } from '../schemas/imported-model.ts';
import { Budget, BudgetInShort, Job } from '../schemas/job.ts';
import { Pipeline } from '../schemas/pipeline.ts';
import { LatestData, Retraining } from '../schemas/retraining.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

const SCHEMAS = {
  'job.schema.json': {
    title: 'Sevenfold job',
    // A text is short for a budget.
    schema: Job.extend({
      budget: z
        .union([Budget, BudgetInShort])
        .prefault({})
        .describe(Job.shape.budget.description ?? ''),
      // Only a run writes down what it has resolved a reference to.
      startFrom: z
        .string()
        .min(1)
        .optional()
        .describe(Job.shape.startFrom.description ?? '')
        .meta({ examples: ['churn@3'] }),
    }),
  },
  'import.schema.json': {
    title: 'Sevenfold mapping of an imported model',
    // A name is short for a number.
    schema: ModelMapping.extend({
      inputs: z
        .array(
          TensorInput.extend({
            columns: z.array(z.union([z.string(), ColumnEncoding])).min(1),
          }),
        )
        .min(1),
    }),
  },
  'pipeline.schema.json': { title: 'Sevenfold pipeline', schema: Pipeline },
  'retraining.schema.json': {
    title: 'Sevenfold retraining',
    // A text is short for a path.
    schema: Retraining.extend({ data: z.union([z.string().min(1), LatestData]) }),
  },
};
export type SchemaFile = keyof typeof SCHEMAS;
export const SCHEMA_FILES = Object.keys(SCHEMAS) as SchemaFile[];

/** JSON Schema of what users write: defaults are optional, unknown keys are faults. */
export function jsonSchemaOf(file: SchemaFile): JsonSchema {
  const { title, schema } = SCHEMAS[file];
  const { $schema, ...rest } = describe(schema);
  return { ...($schema && { $schema }), title, ...rest };
}

const describe = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === HYPERPARAMETERS) nameEstimators(jsonSchema);
      // Left out by zod where a value is changed on reading.
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
    },
  });

/** A job carries them as they are, because what is not given is left to the search. */
const HYPERPARAMETERS: z.core.$ZodType = Job.shape.hyperparameters.unwrap();

function nameEstimators(jsonSchema: JsonSchema): void {
  delete jsonSchema.propertyNames;
  jsonSchema.additionalProperties = false;
  jsonSchema.properties = Object.fromEntries(
    SingleEstimatorName.options.map((name) => {
      const { hyperparameters } = estimators[name];
      const { $schema: _, ...rest } = describe(hyperparameters);
      return [name, rest];
    }),
  );
}
