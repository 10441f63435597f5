import * as fc from 'fast-check'
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { EnumName, Fields, type Generated, jsonText, literalOf } from './generated.ts'
import { attributeValues, integers, jsonObjects, numbers, texts, times } from './values.ts'

/** An operation of GraphQL as it goes over the wire, placeholders for learned texts included. */
export interface Operation {
  readonly type: 'query' | 'mutation' | 'subscription'
  readonly document: string
  /** A JSON object. */
  readonly variables: string
}

/** As deep as selections and input objects go. */
const MAX_DEPTH = 6
const MAX_INPUT_DEPTH = 4
/** Objects that one list may bring in all; lists within lists multiply. */
const MAX_REACH = 300
/** Of a list whose size nobody names. */
const USUAL_SIZE = 10
const HEAVY = { depth: 14, reach: Number.POSITIVE_INFINITY }

/** Operations by the grammar of a schema: any field, any arguments, any selection. */
export function operations(schema: GraphQLSchema): fc.Arbitrary<Operation> {
  return fc.gen().map((g) => new Writer(g, schema).operation())
}

type RootField = GraphQLField<unknown, unknown>

/** Writes one operation, with decisions that are generated, so that a failing one can be shrunk. */
class Writer {
  readonly #g: fc.GeneratorValue
  readonly #schema: GraphQLSchema
  readonly #declared: string[] = []
  readonly #variables: [string, Generated][] = []
  #aliases = 0

  constructor(g: fc.GeneratorValue, schema: GraphQLSchema) {
    this.#g = g
    this.#schema = schema
  }

  operation(): Operation {
    const g = this.#g
    const type = g(fc.constantFrom, 'query', 'query', 'mutation', 'mutation', 'mutation', 'subscription')
    const root = this.#root(type)
    const fields = Object.values(root.getFields())
    const count = type === 'subscription' ? 1 : g(fc.integer, { min: 1, max: 3 })
    const selections = Array.from({ length: count }, () => this.#field(this.#rootField(fields), 0, 1))
    const declared = this.#declared.length > 0 ? `(${this.#declared.join(', ')})` : ''
    const document = `${type} Fuzz${declared} { ${selections.join(' ')} }`
    return { type, document: this.#damaged(document), variables: jsonText(new Fields(this.#variables)) }
  }

  /** By its place: what is generated is compared in depth with what was generated before, and a schema is a graph. */
  #oneOf<T>(all: readonly T[]): T {
    return all[this.#g(fc.nat, { max: all.length - 1 })]
  }

  #rootField(fields: readonly RootField[]): RootField {
    const chosen = this.#oneOf(fields)
    // Erasures take their time, and what is always erased has no history.
    return chosen.name === 'eraseUser' && this.#g(fc.nat, { max: 3 }) > 0 ? this.#rootField(fields) : chosen
  }

  #root(type: Operation['type']): GraphQLObjectType {
    const root =
      type === 'query'
        ? this.#schema.getQueryType()
        : type === 'mutation'
          ? this.#schema.getMutationType()
          : this.#schema.getSubscriptionType()
    if (!root) throw new Error(`The schema has no ${type}.`)
    return root
  }

  /** Seldom something in the document is missing or doubled. */
  #damaged(document: string): string {
    const g = this.#g
    if (g(fc.integer, { min: 0, max: 49 }) > 0) return document
    const at = g(fc.nat, { max: document.length })
    return document.slice(0, at) + g(fc.string, { maxLength: 3 }) + document.slice(at + g(fc.nat, { max: 3 }))
  }

  /** @param reach how many objects of the field's parent there may be */
  #field(field: GraphQLField<unknown, unknown>, depth: number, reach: number): string {
    const args: string[] = []
    let size = holdsList(field.type) ? USUAL_SIZE : 1
    for (const { name, type } of field.args) {
      if (!isNonNullType(type) && this.#g(fc.boolean)) continue
      const value = this.#input(type, name, 0)
      size = Math.max(size, sizeIn(value, name))
      args.push(`${name}: ${this.#argument(value, String(type))}`)
    }
    const called = args.length > 0 ? `(${args.join(', ')})` : ''
    const directive = this.#g(fc.integer, { min: 0, max: 30 }) === 0 ? ' @include(if: true)' : ''
    const alias = `${field.name}_${this.#aliases++}`
    return `${alias}: ${field.name}${called}${directive}${this.#selection(field.type, depth + 1, reach * size)}`
  }

  #selection(type: GraphQLOutputType, depth: number, reach: number): string {
    const named = getNamedType(type)
    if (isLeafType(named)) return ''
    if (isAbstractType(named)) {
      const parts = this.#schema.getPossibleTypes(named).map((one) => `... on ${one.name} ${this.#fields(one, depth, reach)}`)
      return ` { __typename ${parts.join(' ')} }`
    }
    return isObjectType(named) ? ` ${this.#fields(named, depth, reach)}` : ''
  }

  #fields(type: GraphQLObjectType, depth: number, reach: number): string {
    const g = this.#g
    const limits = g(fc.integer, { min: 0, max: 9 }) === 0 ? HEAVY : { depth: MAX_DEPTH, reach: MAX_REACH }
    const fields = Object.values(type.getFields())
    const isFlat = depth >= limits.depth || reach > limits.reach
    const allowed = isFlat ? fields.filter((field) => isLeafType(getNamedType(field.type))) : fields
    if (allowed.length === 0) return '{ __typename }'
    const count = g(fc.integer, { min: 1, max: Math.min(5, allowed.length) })
    const chosen = Array.from({ length: count }, () => this.#field(this.#oneOf(allowed), depth, reach))
    return `{ ${chosen.join(' ')} }`
  }

  /** In place, or as a variable. */
  #argument(value: Generated, type: string): string {
    const literal = this.#g(fc.integer, { min: 0, max: 3 }) === 0 ? literalOf(value) : undefined
    if (literal !== undefined) return literal
    const name = `v${this.#variables.length}`
    this.#declared.push(`$${name}: ${type}`)
    this.#variables.push([name, value])
    return `$${name}`
  }

  #input(type: GraphQLInputType, place: string, depth: number): Generated {
    const g = this.#g
    if (isNonNullType(type)) return this.#input(type.ofType, place, depth)
    if (g(fc.integer, { min: 0, max: 40 }) === 0) return null
    if (isListType(type)) {
      const most = g(fc.constantFrom, 3, 3, 3, 3, 30)
      return Array.from({ length: g(fc.integer, { min: 0, max: most }) }, () => this.#input(type.ofType, place, depth + 1))
    }
    if (isEnumType(type)) return new EnumName(this.#oneOf(type.getValues()).name)
    if (isInputObjectType(type)) {
      const entries = Object.values(type.getFields()).flatMap((field): [string, Generated][] => {
        const isOptional = !isNonNullType(field.type) || field.defaultValue !== undefined
        if (isOptional && (depth >= MAX_INPUT_DEPTH || g(fc.boolean))) return []
        return [[field.name, this.#input(field.type, field.name, depth + 1)]]
      })
      return new Fields(entries)
    }
    return this.#scalar(type.name, place)
  }

  #scalar(type: string, place: string): Generated {
    const g = this.#g
    switch (type) {
      case 'Int':
        return g(integers)
      case 'Float':
        return g(numbers)
      case 'Boolean':
        return g(fc.boolean)
      case 'DateTime':
        return g(times)
      case 'JSONObject':
        return g(jsonObjects, place)
      case 'AttributeValue':
        return g(attributeValues, place)
      default:
        return g(texts, place)
    }
  }
}

function holdsList(type: GraphQLOutputType): boolean {
  return isListType(type) || (isNonNullType(type) && holdsList(type.ofType))
}

/** How many objects a value asks for: its `first` or `last`, or the ids that it names. */
function sizeIn(value: Generated, name: string): number {
  if (/^(first|last)$/.test(name)) return typeof value === 'number' ? Math.min(Math.abs(value), 500) : 1
  if (value instanceof Fields) return Math.max(1, ...value.entries.map(([key, held]) => sizeIn(held, key)))
  return Array.isArray(value) ? Math.max(1, value.length) : 1
}
