import { GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql'
import { DateTimeResolver, JSONObjectResolver } from 'graphql-scalars'
import { builder } from './builder.ts'

builder.addScalarType(
  'DateTime',
  new GraphQLScalarType({
    ...DateTimeResolver.toConfig(),
    description: 'A time in UTC, as a string in the format of RFC 3339, such as "2026-11-27T12:00:00.000Z".',
  }),
)

const jsonObject = JSONObjectResolver.toConfig()

builder.addScalarType(
  'JSONObject',
  new GraphQLScalarType({
    ...jsonObject,
    description:
      'A JSON object: keys with values of any kind. Suppose that you send a list of events or items. One of them has a wrong value, such as a number, in place of the object. Then only this event or item gets an error.',
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
      'The time of an event. In answers, it is the number of milliseconds since 1970-01-01T00:00:00Z, which needs more than 32 bits. You can send such a number, or an ISO 8601 string with a time zone, such as "2026-11-27T12:00:00Z". Suppose that you send a list of events, and one of them has an invalid time. Then only this event gets an error. All other times have the type `DateTime`.',
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
