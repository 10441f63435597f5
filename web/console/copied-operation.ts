import { type AnyVariables, type DocumentInput, stringifyDocument, type TypedDocumentNode } from 'urql'

/** A GraphQL operation, with the values of its variables. */
export interface ShownOperation {
  readonly query: DocumentInput
  readonly variables?: Readonly<Record<string, unknown>> | undefined
}

/** Names an operation that a table was read with. */
export function operation<D, V extends AnyVariables>(query: TypedDocumentNode<D, V>, variables?: V): ShownOperation {
  return { query, ...(variables && { variables }) }
}

interface TypeNode {
  readonly type?: TypeNode
  readonly name?: { readonly value: string }
}

interface Definition {
  readonly kind: string
  readonly variableDefinitions?: readonly {
    readonly variable: { readonly name: { readonly value: string } }
    readonly type: TypeNode
  }[]
}

/** The parts of a parsed operation that are read here. */
interface Document {
  readonly kind: string
  readonly definitions: readonly Definition[]
}

/** Types of variables whose texts are written within quotation marks. A text of another type is a value of an enum. */
const TEXTS = new Set(['String', 'ID', 'DateTime', 'AttributeValue'])

const TEXT_LINE = /\n("(?:\\.|[^"\\\n])*")/g

/** Writes an operation as text that runs as it is: in GraphiQL, or with curl. The values of its variables are their defaults. */
export function operationText({ query, variables = {} }: ShownOperation): string {
  const document = query as unknown as Document
  const definitions = document.definitions.map((one) => withDefaults(one, variables))
  const text = stringifyDocument({ kind: document.kind, definitions } as Parameters<typeof stringifyDocument>[0])
  // The client writes the name of the operation above it, and begins a line with each text.
  return `${text
    .replace(/^# [^\n]*\n/, '')
    .replaceAll(TEXT_LINE, '$1')
    .trim()}\n`
}

function withDefaults(definition: Definition, variables: NonNullable<ShownOperation['variables']>): Definition {
  if (definition.kind !== 'OperationDefinition') return definition
  const variableDefinitions = definition.variableDefinitions?.map((one) => {
    const value = variables[one.variable.name.value]
    return value == null ? one : { ...one, defaultValue: literalOf(value, TEXTS.has(namedType(one.type))) }
  })
  return { ...definition, ...(variableDefinitions && { variableDefinitions }) }
}

function namedType(type: TypeNode): string {
  return type.type ? namedType(type.type) : (type.name?.value ?? '')
}

/** Writes a JSON value as GraphQL. Within objects, no operation of the console has values of enums. */
function literalOf(value: unknown, areTexts: boolean): object {
  if (Array.isArray(value)) return { kind: 'ListValue', values: value.map((one) => literalOf(one, areTexts)) }
  if (value === null || value === undefined) return { kind: 'NullValue' }
  if (typeof value === 'object') {
    const fields = Object.entries(value).filter(([, one]) => one !== undefined)
    return {
      kind: 'ObjectValue',
      fields: fields.map(([name, one]) => ({
        kind: 'ObjectField',
        name: { kind: 'Name', value: name },
        value: literalOf(one, true),
      })),
    }
  }
  if (typeof value === 'boolean') return { kind: 'BooleanValue', value }
  if (typeof value === 'number') return { kind: Number.isInteger(value) ? 'IntValue' : 'FloatValue', value: String(value) }
  return areTexts ? { kind: 'StringValue', value: String(value), block: false } : { kind: 'EnumValue', value: String(value) }
}
