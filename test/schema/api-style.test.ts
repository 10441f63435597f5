import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../src/schema/schema.ts'

const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type))
const mutations = Object.values(schema.getMutationType()!.getFields())
const isError = (type: GraphQLObjectType) => type.getInterfaces().some(({ name }) => name === 'Error')

describe.each(mutations.map((field) => [field.name, field] as const))('the mutation %s', (name, field) => {
  const capital = `${name[0].toUpperCase()}${name.slice(1)}`

  it('takes one input, which is named after it', () => {
    expect(field.args.map(({ name, type }) => `${name}: ${type}`)).toEqual([`input: ${capital}Input!`])
    expect(isInputObjectType(getNamedType(field.args[0].type))).toBe(true)
  })

  it('returns a union that is named after it, of one result and of errors', () => {
    // Nullable: what no client can mend is in `errors`, and takes no other mutation with it.
    expect(isNonNullType(field.type)).toBe(false)
    const result = getNamedType(field.type)
    if (!isUnionType(result)) throw new Error(`${name} returns ${result}, which is no union.`)
    expect(result.name).toBe(`${capital}Result`)
    const members = result.getTypes()
    expect(members.filter((member) => !isError(member))).toHaveLength(1)
    expect(members.map((member) => member.name)).toContain('InvalidInputError')
  })
})

it('errors in the data have a code, a message and a path', () => {
  for (const type of types.filter(isObjectType).filter(({ name }) => name.endsWith('Error') || name.endsWith('Failure')))
    expect(type.getInterfaces().map(({ name }) => name)).toEqual(['Error'])
  expect(Object.keys((schema.getType('Error') as GraphQLObjectType).getFields()).sort()).toEqual(['code', 'field', 'message'])
})

/** Lists that are as long as what an operator writes: the domain, a model, the rules of a slate. They do not grow by use. */
const AS_WRITTEN: Readonly<Record<string, readonly string[]>> = {
  domain: [
    'Accumulator.features',
    'AttributeFeatures.features',
    'Item.features',
    'ItemFeatures.features',
    'Query.accumulators',
    'Query.declaredAttributes',
    'Query.eventTypes',
    'Query.itemAttributes',
    'Query.policyReport',
    'Query.surfaces',
    'Recommendation.sources',
    'SessionFeatures.features',
    'User.features',
    'UserFeatures.features',
  ],
  model: [
    'FeatureDrift.bins',
    'ModelDrift.features',
    'ModelTraining.calibration',
    'ModelTraining.importance',
    'Recommendation.features',
  ],
  rules: ['Slate.warnings'],
}

function* listsOfObjects(): Generator<[place: string, field: GraphQLField<unknown, unknown>]> {
  for (const type of types.filter(isObjectType))
    for (const field of Object.values(type.getFields()))
      if (isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type)))
        yield [`${type.name}.${field.name}`, field]
}

describe('a list of objects', () => {
  it('is a page, says how long it can be, or is as long as what an operator writes', () => {
    const written = Object.values(AS_WRITTEN).flat()
    const wrong = [...listsOfObjects()].flatMap(([place, { name, description, args }]) => {
      const texts = [description, ...args.map((arg) => arg.description)].join(' ')
      const isBounded = /(\b[Aa]t most|\b[Uu]p to|\b\d+ to|^The) \d[\d,]*\b/.test(texts)
      const isPage = name === 'edges' && place.endsWith('Connection.edges')
      return [isBounded, isPage, written.includes(place)].filter(Boolean).length === 1 ? [] : [place]
    })
    expect(wrong).toEqual([])
  })
})

it('no field or argument is named "what" or "of", and `after` is a cursor', () => {
  const named: string[] = []
  for (const type of types.filter((type) => isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)))
    for (const field of Object.values(type.getFields())) {
      named.push(`${type.name}.${field.name}`)
      for (const arg of 'args' in field ? field.args : []) {
        named.push(`${type.name}.${field.name}.${arg.name}`)
        if (arg.name === 'after') expect(`${arg.description}`).toMatch(/[cC]ursor/)
      }
      if (field.name === 'after') throw new Error(`${type.name}.after is no argument of a list.`)
    }
  expect(named.filter((place) => /\.(what|of)$/.test(place))).toEqual([])
})

it('a count is an Int, unless it can be larger than one', () => {
  const counts: string[] = []
  for (const type of types.filter((type) => isObjectType(type) || isInputObjectType(type)))
    for (const { name, type: of, description } of Object.values(type.getFields()))
      if (String(getNamedType(of)) === 'Float' && /^(The )?[nN]umber of/.test(description ?? ''))
        counts.push(`${type.name}.${name}`)
  const ofPolicies = ['clicks', 'conversions', 'impressions', 'slates'].map((field) => `PolicyReport.${field}`)
  // The others are estimated, or per second.
  const others = ['Estimate.effectiveSamples', 'ServiceStatus.eventsPerSecond', 'ServiceStatus.slatesPerSecond']
  expect(counts.sort()).toEqual([...ofPolicies, ...others].sort())
})

it('there is one scalar for times', () => {
  const own = types.filter(isScalarType).map(({ name }) => name)
  expect(own.sort()).toEqual(['AttributeValue', 'Boolean', 'DateTime', 'Float', 'ID', 'Int', 'JSONObject', 'String'])
})
