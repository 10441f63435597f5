import { DateTimeResolver, JSONObjectResolver } from 'graphql-scalars'
import { builder } from './builder.ts'

builder.addScalarType('DateTime', DateTimeResolver)
builder.addScalarType('JSONObject', JSONObjectResolver)

builder.scalarType('Timestamp', {
  description:
    'Milliseconds since 1970-01-01T00:00:00Z, as a whole number in JSON. It exceeds 32 bits. Only events use it; all other times are DateTime.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    throw new Error('Pass a whole number of milliseconds since 1970.')
  },
})

builder.scalarType('AttributeValue', {
  description: 'A string, a finite number or a boolean.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
      return value
    throw new Error('Pass a string, a finite number or a boolean.')
  },
})
