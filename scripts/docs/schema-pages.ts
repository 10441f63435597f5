import {
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql'
import { schema } from '../../src/schema/schema.ts'
import { cell, page, table } from './markdown.ts'

const HEAD = ['name', 'type', 'meaning']
const ROOTS = ['Query', 'Mutation', 'Subscription']

/** The pages on the GraphQL schema, by path. */
export function schemaPages(): Readonly<Record<string, string>> {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !(isScalarType(type) && isSpecifiedScalarType(type)),
  )
  const composite = types.filter((type) => isComposite(type) && !ROOTS.includes(type.name))
  const ofStreams = reachable(['Subscription'])
  const ofMutations = reachable(['Mutation'])
  const links =
    'See [operations](schema-operations.md), [inputs](schema-inputs.md), [enums and scalars](schema-values.md), [slates and items](schema-types.md), [results of mutations](schema-results.md), [analysis and status](schema-analysis.md). The [glossary](../concepts/glossary.md) explains the terms.'
  const write = (title: string, intro: string, rows: readonly (readonly string[])[]) =>
    page('schema.graphql', `# ${title}`, `${intro} ${links}`, table(HEAD, rows))
  return {
    'docs/reference/schema-operations.md': write(
      'Schema: operations',
      'Every query, mutation and subscription, with its arguments. After a type, `!` means that a result is never null, and that an argument must be given unless it has a default.',
      ROOTS.flatMap((root) => rowsOf(schema.getType(root)!)),
    ),
    'docs/reference/schema-inputs.md': write(
      'Schema: inputs',
      'What a client sends. `@oneOf` marks an input of which exactly one field must be given.',
      types.filter(isInputObjectType).flatMap(rowsOf),
    ),
    'docs/reference/schema-values.md': write(
      'Schema: enums and scalars',
      'The values that a field or an argument can take.',
      types.filter((type) => isEnumType(type) || isScalarType(type)).flatMap(rowsOf),
    ),
    'docs/reference/schema-types.md': write(
      'Schema: slates and items',
      'Types that subscriptions return. Some queries and mutations return them too.',
      composite.filter(({ name }) => ofStreams.has(name)).flatMap(rowsOf),
    ),
    'docs/reference/schema-results.md': write(
      'Schema: results of mutations',
      'Types that mutations return and subscriptions do not. Some queries return them too.',
      composite.filter(({ name }) => ofMutations.has(name) && !ofStreams.has(name)).flatMap(rowsOf),
    ),
    'docs/reference/schema-analysis.md': write(
      'Schema: analysis and status',
      'Types that only queries return.',
      composite.filter(({ name }) => !ofMutations.has(name) && !ofStreams.has(name)).flatMap(rowsOf),
    ),
  }
}

function isComposite(type: GraphQLNamedType): boolean {
  return isObjectType(type) || isInterfaceType(type) || isUnionType(type)
}

/** Names of all types that fields of these can return. */
function reachable(roots: readonly string[]): Set<string> {
  const found = new Set<string>()
  const visit = (type: GraphQLNamedType) => {
    if (found.has(type.name)) return
    found.add(type.name)
    if (isUnionType(type)) type.getTypes().forEach(visit)
    if (!isObjectType(type) && !isInterfaceType(type)) return
    for (const member of type.getInterfaces()) visit(member)
    for (const { type: returned } of Object.values(type.getFields())) visit(getNamedType(returned))
  }
  for (const root of roots) visit(schema.getType(root)!)
  return found
}

function rowsOf(type: GraphQLNamedType): string[][] {
  const kind = kindOf(type)
  const head = [`**${type.name}**`, kind, cell(type.description)]
  if (isEnumType(type)) return [head, ...type.getValues().map(({ name, description }) => [`\`${name}\``, '', cell(description)])]
  if (isUnionType(type) || isScalarType(type)) return [head]
  const fields: (GraphQLField<unknown, unknown> | GraphQLInputField)[] = Object.values(type.getFields())
  return [head, ...fields.map((field) => fieldRow(field))]
}

function kindOf(type: GraphQLNamedType): string {
  if (isUnionType(type)) return type.getTypes().join(' or ')
  if (isEnumType(type)) return 'enum'
  if (isScalarType(type)) return 'scalar'
  if (isInputObjectType(type)) return type.isOneOf ? 'input @oneOf' : 'input'
  return isInterfaceType(type) ? 'interface' : ROOTS.includes(type.name) ? 'operations' : 'type'
}

function fieldRow(field: GraphQLField<unknown, unknown> | GraphQLInputField): string[] {
  const { name, type, description } = field
  const args = 'args' in field ? field.args : []
  const list = args.map((arg) => `${arg.name}: ${arg.type}${defaultOf(arg.defaultValue)}`).join(', ')
  const meanings = args.flatMap((arg) => (arg.description ? [`\`${arg.name}\`: ${cell(arg.description)}`] : []))
  const own = 'defaultValue' in field ? defaultOf(field.defaultValue) : ''
  return [
    `\`${name}${list ? `(${list})` : ''}\``,
    `\`${type}${own}\``,
    [cell(description), ...meanings].filter(Boolean).join(' '),
  ]
}

function defaultOf(value: unknown): string {
  return value === undefined ? '' : ` = ${String(value)}`
}
