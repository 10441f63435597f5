import {
  type GraphQLArgument,
  type GraphQLEnumType,
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
import { ANALYSIS_SECTIONS, ENUM_TOPICS, INPUT_SECTIONS, type Section } from './schema-sections.ts'

const HEAD = ['name', 'type', 'meaning']
const ROOTS = ['Query', 'Mutation', 'Subscription']

const DOMAIN_TYPES = ['EventType', 'ItemAttribute', 'DeclaredAttribute', 'Surface']
const DOMAIN_ENUMS = ['EventRole', 'ItemAttributeKind', 'DeclaredAttributeOwner', 'DeclaredAttributeKind']

/** Results of the mutations that upload items, users and lists. */
const UPLOAD_TYPES = [
  ...['UpsertPayload', 'UpsertError', 'UpsertWarning', 'DeleteItemsPayload', 'DeleteItemError'],
  ...['UploadNeighbourListsPayload', 'NeighbourListsResult', 'NeighbourLists', 'InvalidNeighbourListsError'],
]

/** Models, and what the mutations that change them return. */
const MODEL_TYPES = [
  ...['Model', 'ModelTraining', 'CalibrationBin', 'FeatureImportance', 'ModelDrift', 'FeatureDrift', 'DriftBin'],
  ...['ShadowComparison', 'ModelResult', 'ModelContractError'],
]

const LINKS =
  'The pages on the schema are [operations](schema-operations.md), [inputs](schema-inputs.md), [enums and scalars](schema-values.md), [slates and items](schema-types.md), [results of mutations](schema-results.md), [results of uploads](schema-uploads.md), [models](schema-models.md), [what the domain declares](schema-domain.md), and [analysis and status](schema-analysis.md).'
/** Terms that the descriptions on all pages use. */
const TERMS = [
  'The descriptions use these terms. The [glossary](../concepts/glossary.md) explains the others.',
  [
    '- A *slate* is an ordered list of recommended items. A *candidate* is an item that could be in a slate, and a *source* is code that proposes candidates, such as trending items.',
    '- A *surface* is a place where slates appear, such as the home page. A *session* is one visit of a user.',
    '- An *event* is something that a user did, such as a click. An *impression* is the event that an item became visible.',
    '- A *feature* is a number about a user or an item, such as a click rate. A *model* ranks candidates by features. An *accumulator* is code that turns events into features.',
    '- The *domain* is the configuration of the service: it declares event types, item attributes, surfaces and sources.',
    '- A *policy* is one way to make slates. An *experiment* gives each user one policy, and compares the results.',
  ].join('\n'),
].join('\n\n')

/** The pages on the GraphQL schema, by path. */
export function schemaPages(): Readonly<Record<string, string>> {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !(isScalarType(type) && isSpecifiedScalarType(type)),
  )
  const composite = types.filter((type) => isComposite(type) && !ROOTS.includes(type.name))
  const ofStreams = reachable(['Subscription'])
  const ofMutations = reachable(['Mutation'])
  return {
    'docs/reference/schema-operations.md': sections(
      'Schema: operations',
      'This page lists every query, mutation and subscription of the GraphQL API. Below each operation are its arguments: `item(itemId)` is the argument `itemId` of the query `item`. The column *type* has the type of the result or of the argument. `!` means that a result is never null, and that an argument must be given. You may leave out an argument with a default, such as `= 20`.\n\nSome queries return a long list page by page. A *cursor* is a text that says where an entry is in the list. To get the next page, pass the cursor of the last entry of a page in `after`.',
      ...ROOTS.map((root) => schema.getType(root)!).flatMap((type) => [
        `## ${type.name}`,
        cell(type.description),
        // The first row is the type itself.
        table(HEAD, rowsOf(type).slice(1)),
      ]),
    ),
    'docs/reference/schema-inputs.md': sections(
      'Schema: inputs',
      'This page lists the input types of the GraphQL API: the objects that clients send in arguments. A name in bold is a type, and the lines below it are its fields. `!` means that the field must be given, unless it has a default, such as `= 10`. If an input is marked with `@oneOf`, exactly one of its fields must be given.',
      ...sectionsOf(types.filter(isInputObjectType), INPUT_SECTIONS),
    ),
    'docs/reference/schema-values.md': sections(
      'Schema: enums and scalars',
      'This page lists the enums and scalars of the GraphQL API. An *enum* is a type with a fixed list of values. In a table, the name of an enum is in bold, and its values follow below it. A *scalar* is a type for a single value, such as a time.',
      ...enumSections(types.filter(isEnumType).filter(({ name }) => !DOMAIN_ENUMS.includes(name))),
      `## Scalars\n\n${table(
        ['scalar', 'meaning'],
        types.filter(isScalarType).map(({ name, description }) => [`\`${name}\``, cell(description)]),
      )}`,
    ),
    'docs/reference/schema-types.md': sections(
      'Schema: slates and items',
      'This page lists the types that subscriptions of the GraphQL API return. Some queries and mutations return them too. Each section describes one type, with a table of its fields. The arguments of a field follow below the field: in the section on the type `Item`, `attribute(name)` is the argument `name` of the field `attribute`. In the column *type*, `!` means that a field is never null. For an argument, `!` means that you must give it, unless it has a default such as `= 10`.',
      ...composite.filter(({ name }) => ofStreams.has(name)).map(typeSection),
    ),
    ...resultPages(composite.filter(({ name }) => ofMutations.has(name) && !ofStreams.has(name))),
    'docs/reference/schema-domain.md': sections(
      'Schema: what the domain declares',
      'This page lists the types and enums of the queries `eventTypes`, `itemAttributes`, `declaredAttributes` and `surfaces` of the GraphQL API. The queries return what the domain (the configuration of the service) declares. In a table, the name of a type or enum is in bold, and its fields or values follow below it. `!` means that a field is never null.',
      ...domainTables(types),
    ),
    'docs/reference/schema-analysis.md': sections(
      'Schema: analysis and status',
      'This page lists the types that only queries of the GraphQL API return. A name in bold is a type, and the lines below it are its fields. `!` means that a field is never null.',
      ...sectionsOf(
        composite.filter(({ name }) => ![...ofMutations, ...ofStreams, ...DOMAIN_TYPES].includes(name)),
        ANALYSIS_SECTIONS,
      ),
    ),
  }
}

function write(title: string, intro: string, rows: readonly (readonly string[])[]): string {
  return sections(title, intro, table(HEAD, rows))
}

function sections(title: string, intro: string, ...parts: readonly string[]): string {
  return page('schema.graphql', `# ${title}`, intro, TERMS, LINKS, ...parts)
}

/** @param types that only mutations return */
function resultPages(types: readonly GraphQLNamedType[]): Record<string, string> {
  return {
    'docs/reference/schema-results.md': write(
      'Schema: results of mutations',
      'This page lists types that mutations of the GraphQL API return. The types that subscriptions return too are on the page [slates and items](schema-types.md). Other pages have the types of [uploads](schema-uploads.md) and [models](schema-models.md).\n\nThe table has these kinds of rows:\n\n- **A name in bold**, such as **ApiKey**, is a type. The rows below it are its fields. Some types, such as **SetRulesResult**, have no fields: the result is one of the types in the column *type*.\n- **A name with a dot**, such as `ApiKey.name`, is a field: here, the field `name` of the type `ApiKey`. `!` after its type means that the field is never null.\n- **A name with parentheses**, such as `User.feature(name)`, is an argument: here, the argument `name` of the field `User.feature`. `!` after its type means that you must pass the argument. If the type has a default, such as `= 10`, you may leave the argument out.\n\nA *cursor* is a text that says where an entry is in a long list, such as the events of a user. The service may run as several processes: *the process that answers* is the one that answers the operation.',
      types.filter(({ name }) => ![...UPLOAD_TYPES, ...MODEL_TYPES].includes(name)).flatMap(rowsOf),
    ),
    'docs/reference/schema-models.md': write(
      'Schema: models',
      'This page lists the types of the query `models` and of the mutations `registerModel`, `activateModel`, `shadowModel` and `retireModel` of the GraphQL API. A name in bold is a type, and the rows below it are its fields. `!` means that a field is never null. The service may run as several processes: *the process that answers* is the one that answers the operation.',
      MODEL_TYPES.flatMap((name) => rowsOf(types.find((type) => type.name === name)!)),
    ),
    'docs/reference/schema-uploads.md': write(
      'Schema: results of uploads',
      'This page lists types that the mutations `upsertItems`, `deleteItems`, `upsertUsers`, `uploadOfflineRecommendations`, `uploadNeighbourLists` and `serveNeighbourLists` of the GraphQL API return. A name in bold is a type, and the rows below it are its fields. `!` means that a field is never null.',
      UPLOAD_TYPES.flatMap((name) => rowsOf(types.find((type) => type.name === name)!)),
    ),
  }
}

function domainTables(types: readonly GraphQLNamedType[]): string[] {
  const tables = { Types: DOMAIN_TYPES, Enums: DOMAIN_ENUMS }
  return Object.entries(tables).map(([title, names]) => {
    const rows = names.flatMap((name) => rowsOf(types.find((type) => type.name === name)!))
    return `## ${title}\n\n${table(HEAD, rows)}`
  })
}

function enumSections(enums: readonly GraphQLEnumType[]): string[] {
  const missing = enums.filter(({ name }) => !ENUM_TOPICS.some(({ names }) => names.includes(name)))
  if (missing.length > 0) throw new Error(`Add ${missing.join(', ')} to ENUM_TOPICS in scripts/docs/schema-sections.ts.`)
  return ENUM_TOPICS.map(({ topic, sentence, names }) => {
    const rows = enums.filter(({ name }) => names.includes(name)).flatMap(rowsOf)
    return `## ${topic}\n\n${sentence}\n\n${table(['enum, or its value', 'kind', 'meaning'], rows)}`
  })
}

/** A section on one type: its description, and a table of its fields. */
function typeSection(type: GraphQLNamedType): string {
  const [, ...fields] = rowsOf(type)
  const rows = fields.map(([name, ...cells]) => [name.replace(`${type.name}.`, ''), ...cells])
  return `## ${type.name}\n\n${cell(type.description)}\n\n${table(['field, or argument of a field', 'type', 'meaning'], rows)}`
}

/** One table for each section. Types that no section names follow in a last one. */
function sectionsOf(types: readonly GraphQLNamedType[], sections: readonly Section[]): string[] {
  const named = new Set(sections.flatMap((section) => section.types))
  // The text of the section on long lists explains every edge.
  const others = types.map(({ name }) => name).filter((name) => !named.has(name) && !name.endsWith('Edge'))
  const last = { title: 'Other types', intro: 'These types belong to none of the sections above.', types: others }
  return [...sections, ...(others.length === 0 ? [] : [last])].flatMap(({ title, intro, types: names }) => [
    `## ${title}`,
    intro,
    table(
      HEAD,
      names
        .map((name) => types.find((type) => type.name === name)!)
        .flatMap(rowsOf)
        .filter(([name]) => !/Connection\.(edges|pageInfo)`$/.test(name)),
    ),
  ])
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
  if (isEnumType(type))
    return [
      head,
      ...type.getValues().map(({ name, description }) => [`\`${name}\``, `value of \`${type.name}\``, cell(description)]),
    ]
  if (isUnionType(type) || isScalarType(type)) return [head]
  const fields: (GraphQLField<unknown, unknown> | GraphQLInputField)[] = Object.values(type.getFields())
  return [head, ...fields.flatMap((field) => fieldRows(ROOTS.includes(type.name) ? '' : `${type.name}.`, field))]
}

function kindOf(type: GraphQLNamedType): string {
  if (isUnionType(type)) return type.getTypes().join(' or ')
  if (isEnumType(type)) return 'enum'
  if (isScalarType(type)) return 'scalar'
  if (isInputObjectType(type)) return type.isOneOf ? 'input @oneOf' : 'input'
  return isInterfaceType(type) ? 'interface' : ROOTS.includes(type.name) ? 'operations' : 'type'
}

/** The row of a field, then those of its arguments. */
function fieldRows(owner: string, field: GraphQLField<unknown, unknown> | GraphQLInputField): string[][] {
  const row = (
    name: string,
    { type, description, ...rest }: GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLArgument,
  ) => [
    `\`${owner}${name}\``,
    `\`${type}${'defaultValue' in rest ? defaultOf(rest.defaultValue) : ''}\``,
    cell(description) + deprecationOf(rest.deprecationReason),
  ]
  const args = 'args' in field ? field.args : []
  return [row(field.name, field), ...args.map((arg) => row(`${field.name}(${arg.name})`, arg))]
}

function deprecationOf(reason: string | null | undefined): string {
  return reason ? ` **Deprecated.** ${cell(reason)}` : ''
}

function defaultOf(value: unknown): string {
  return value === undefined ? '' : ` = ${String(value)}`
}
