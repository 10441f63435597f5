import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/schema/schema.ts'

interface Described {
  readonly name: string
  readonly description?: string | null | undefined
}

/** Everything in the schema that a description belongs to, by its place. */
function* placesOf(type: GraphQLNamedType): Generator<[place: string, described: Described]> {
  yield [type.name, type]
  if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value]
  if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field]
  if (!isObjectType(type) && !isInterfaceType(type)) return
  for (const field of Object.values(type.getFields())) {
    yield [`${type.name}.${field.name}`, field]
    for (const arg of field.args) yield [`${type.name}.${field.name}(${arg.name})`, arg]
  }
}

it('every type, field, argument, input field and enum value has a description', () => {
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
  const places = types.flatMap((type) => [...placesOf(type)])
  expect(places.length).toBeGreaterThan(300)
  const silent = places.filter(([, { description }]) => !description?.trim()).map(([place]) => place)
  expect(silent).toEqual([])
})
