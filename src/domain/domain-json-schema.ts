import { z } from 'zod'
import { SOURCE_NAMES } from './built-in-sources.ts'
import { accumulatorsSchema, domainFileSchema } from './definition.ts'
import { OPTIONAL_ACCUMULATORS } from './resolve-definition.ts'
import { sourcesSchema } from './surface-schema.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** Returns the JSON Schema of domain files as text. Editors complete keys with it. */
export function printedDomainSchema(): string {
  const schema = z.toJSONSchema(domainFileSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === sourcesSchema) nameEntries(jsonSchema, SOURCE_NAMES)
      if (zodSchema === accumulatorsSchema) nameEntries(jsonSchema, OPTIONAL_ACCUMULATORS)
      // Objects with functions are for modules: in JSON Schema their choice would allow anything.
      if (jsonSchema.anyOf) jsonSchema.anyOf = jsonSchema.anyOf.filter((choice) => Object.keys(choice).length > 0)
    },
  })
  return `${JSON.stringify({ title: 'A Liverank domain', ...schema }, undefined, 2)}\n`
}

/** A file can name the built-in entries alone. */
function nameEntries(schema: JsonSchema, names: readonly string[]): void {
  const { additionalProperties: entry = {} } = schema
  delete schema.propertyNames
  schema.properties = Object.fromEntries(names.map((name) => [name, entry]))
  schema.additionalProperties = false
}
