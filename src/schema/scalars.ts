import { GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql'
import { DateTimeResolver, JSONObjectResolver } from 'graphql-scalars'
import { builder } from './builder.ts'

builder.addScalarType('DateTime', DateTimeResolver)

const jsonObject = JSONObjectResolver.toConfig()

builder.addScalarType(
  'JSONObject',
  new GraphQLScalarType({
    ...jsonObject,
    description:
      'A JSON object: keys with values of any kind. If one event or item of a list has anything else here, only this event or item gets an error.',
    // Any value: it is checked row by row, and one that the scalar refused would fail the whole operation.
    parseValue: (value) => value,
    parseLiteral: (node, variables) =>
      node.kind === Kind.OBJECT ? jsonObject.parseLiteral(node, variables) : valueFromASTUntyped(node, variables),
  }),
)

builder.addScalarType(
  'Timestamp',
  new GraphQLScalarType({
    name: 'Timestamp',
    description:
      'A time of an event. As output: whole milliseconds since 1970-01-01T00:00:00Z, which exceed 32 bits. As input: the same, or an ISO 8601 string with a zone, such as "2026-11-27T12:00:00Z". If an event has anything else here, only this event gets an error. Only events use this type. All other times are DateTime.',
    // Takes any value, as graphql does by default: it is checked row by row, and one that the scalar refused would fail the operation.
  }),
)

builder.scalarType('AttributeValue', {
  description: 'A string, a finite number or a boolean.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
      return value
    throw new Error('Pass a string, a finite number or a boolean.')
  },
})
