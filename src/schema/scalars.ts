import { GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql'
import { JSONObjectResolver } from 'graphql-scalars'
import { builder } from './builder.ts'

builder.addScalarType(
  'DateTime',
  new GraphQLScalarType({
    name: 'DateTime',
    description:
      'A time. In answers, it is a string in UTC with milliseconds, such as "2026-11-27T12:00:00.000Z". You can send an ISO 8601 string with any time zone, or a whole number of milliseconds since 1970. Suppose that you send a list of events, and one of them has an invalid time. Then only this event gets an error.',
    serialize: (time) => new Date(time as Date | number).toISOString(),
    // Takes any value, as graphql does by default: it is checked row by row, and one that the scalar refused would fail the operation.
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

builder.scalarType('AttributeValue', {
  description: 'A string, a finite number or a boolean.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
      return value
    throw new Error('Pass a string, a finite number or a boolean.')
  },
})
