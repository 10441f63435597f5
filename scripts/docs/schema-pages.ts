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

const HEAD = ['name', 'type', 'meaning']
const ROOTS = ['Query', 'Mutation', 'Subscription']

/** A part of a page: a heading, a sentence, and names of types in the order of the page. */
interface Section {
  readonly title: string
  readonly intro: string
  readonly types: readonly string[]
}

const INPUT_SECTIONS: readonly Section[] = [
  {
    title: 'Events',
    intro: 'The mutations `recordEvent` and `recordEvents` take this input.',
    types: ['EventInput'],
  },
  {
    title: 'Requests for slates',
    intro:
      'The query and the subscription `recommendations` take a `RecommendationsInput`. It says for whom the slate is, where it is shown, and how many items it has.',
    types: ['RecommendationsInput', 'SlateInput'],
  },
  {
    title: 'Rules for slates',
    intro:
      '*Rules* say what a slate may contain. A request may have rules of its own. *Standing rules* are stored in the service by the mutation `setRules`.',
    types: ['RulesInput', 'BoostInput', 'LimitPerInput', 'PinInput'],
  },
  {
    title: 'Filters and orders',
    intro: 'A *filter* selects items or users by their attributes (uploaded values, such as the brand of an item) and features.',
    types: ['ItemFilter', 'UserFilter', 'AttributeCondition', 'FeatureCondition', 'ItemOrder', 'UserOrder'],
  },
  {
    title: 'Uploads',
    intro:
      'These inputs upload items, users and *offline lists*. An offline list holds items that you ranked outside the service, for one user or for a *segment* (group of users).',
    types: ['ItemInput', 'UserInput', 'OfflineRecommendationsInput', 'OfflineListOwner', 'OfflineItemInput'],
  },
]

const ANALYSIS_SECTIONS: readonly Section[] = [
  {
    title: 'Features',
    intro:
      'The queries `itemFeatures`, `attributeFeatures` and `sessionFeatures` return the values of features. The query `accumulators` says what each feature means. The query `featureSummary` says how the values of a feature are distributed, for example over all items.',
    types: [
      'ItemFeatures',
      'AttributeFeatures',
      'SessionFeatures',
      'FeatureDefinition',
      'Accumulator',
      'FeatureSummary',
      'HistogramBin',
      'QuantileValue',
    ],
  },
  {
    title: 'Experiments',
    intro:
      'The query `policyReport` returns one `PolicyReport` for each policy of the experiment. Its numbers are those of the *period* that the arguments `since` and `until` of the query set. A *goal* is an event type that the domain declares as a success, such as a purchase.',
    types: ['PolicyReport', 'Estimate'],
  },
  {
    title: 'Cohorts',
    intro:
      'The query `cohortValues` returns the values of a [cohort](cohorts.md). A cohort divides people by an attribute, such as their city.',
    types: ['CohortValue', 'CohortItem'],
  },
  {
    title: 'Status',
    intro:
      'The query `status` returns a `ServiceStatus`. The *store* is where the service keeps its data: Redis, or the embedded store (memory with files on disk). The *answering process* is the process of the service that answers the query.',
    types: ['ServiceStatus', 'Latency', 'StorePolicy'],
  },
  {
    title: 'Audit log',
    intro: 'The *audit log* lists what operators, servers and commands did, for example to rules and keys.',
    types: ['AuditEntry'],
  },
  {
    title: 'Export of a person',
    intro: 'The query `exportUser` returns a `UserExport`: all that the service stores of a person.',
    types: ['UserExport', 'OmittedData'],
  },
  {
    title: 'Pages of long lists',
    intro: `The queries \`items\`, \`users\` and \`auditLog\` return a long list page by page. A *connection* is one page. The three connections of the table all have the fields \`edges\` and \`pageInfo\`:

- \`edges\` is the list of the entries of the page. An edge has two fields. \`node\` is the entry itself, such as an item. \`cursor\` is a text that says where the entry is in the list.
- \`pageInfo\` says whether there is a next page (\`hasNextPage\`) and gives the cursor of the last entry (\`endCursor\`). To get the next page, send the query again with this cursor in the argument \`after\`.`,
    types: ['ItemConnection', 'UserConnection', 'AuditLogConnection'],
  },
]

const DOMAIN_TYPES = ['EventType', 'ItemAttribute', 'DeclaredAttribute', 'Surface']
const DOMAIN_ENUMS = ['EventRole', 'ItemAttributeKind', 'DeclaredAttributeOwner', 'DeclaredAttributeKind']

/** Results of the mutations that upload items, users and lists. */
const UPLOAD_TYPES = [
  ...['UpsertPayload', 'UpsertError', 'UpsertWarning', 'DeleteItemsPayload', 'DeleteItemError'],
  ...['UploadNeighbourListsPayload', 'NeighbourListsResult', 'NeighbourLists', 'InvalidNeighbourListsError'],
]

const LINKS =
  'The pages on the schema are [operations](schema-operations.md), [inputs](schema-inputs.md), [enums and scalars](schema-values.md), [slates and items](schema-types.md), [results of mutations](schema-results.md), [results of uploads](schema-uploads.md), [what the domain declares](schema-domain.md), and [analysis and status](schema-analysis.md).'
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
      'This page lists types that mutations of the GraphQL API return. The types that subscriptions return too are on the page [slates and items](schema-types.md). The types of uploads are on the page [results of uploads](schema-uploads.md).\n\nThe table has these kinds of rows:\n\n- **A name in bold**, such as **ApiKey**, is a type. The rows below it are its fields. Some types, such as **ModelResult**, have no fields: the result is one of the types in the column *type*.\n- **A name with a dot**, such as `ApiKey.name`, is a field: here, the field `name` of the type `ApiKey`. `!` after its type means that the field is never null.\n- **A name with parentheses**, such as `User.feature(name)`, is an argument: here, the argument `name` of the field `User.feature`. `!` after its type means that you must pass the argument. If the type has a default, such as `= 10`, you may leave the argument out.\n\nA *cursor* is a text that says where an entry is in a long list, such as the events of a user. The service may run as several processes: *the process that answers* is the one that answers the operation.',
      types.filter(({ name }) => !UPLOAD_TYPES.includes(name)).flatMap(rowsOf),
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

/** Enums by what they are about, with a sentence on them. */
const ENUM_TOPICS: readonly { readonly topic: string; readonly sentence: string; readonly names: readonly string[] }[] = [
  {
    topic: 'Events',
    sentence:
      '`EventWarningCode` names likely mistakes in events. An event *counts* for an item, a slate or a surface if the service adds it to the numbers of this item, slate or surface.',
    names: ['EventWarningCode'],
  },
  {
    topic: 'Recorded events',
    sentence:
      'For each event that an app sends, `RecordStatus` says what the service did with it. An event that *counts* changes what the service knows about the user. It also changes totals over all users, such as the number of views of an item. Some events do not count, for example because a user sent too many. `NotCountedReason` says why, and what such an event still changes.',
    names: ['NotCountedReason', 'RecordStatus'],
  },
  {
    topic: 'Slates',
    sentence:
      '`SlateTrigger` says why the service made a slate, and `SlateWarningCode` names problems of a slate. Each slate has a `version`, the *version* of its user: a number that rises with each change of the stored data of the user.',
    names: ['SlateTrigger', 'SlateWarningCode'],
  },
  {
    topic: 'Items, features and models',
    sentence:
      'These enums describe similar items, features, models, and the order of lists. `UpsertWarningCode` names mistakes in uploaded attributes of users.',
    names: ['EntityKind', 'ModelStatus', 'OrderDirection', 'SimilarityKind', 'UpsertWarningCode'],
  },
  {
    topic: 'People, callers and the store',
    sentence:
      '`LingeringKind` is about the erasure of a person, and `OmittedKind` about the export of the data of a person. The enums `AuditAction` and `AuditOutcome` are about the audit log, which lists what operators did. A caller proves who it is by a token, which expires, or by a *static key*, which does not. Each token and each key has a role: `KeyRole` lists the roles of static keys, and `Role` those of all callers. `StoreKind` says where the service keeps its data.',
    names: ['AuditAction', 'AuditOutcome', 'KeyRole', 'LingeringKind', 'OmittedKind', 'Role', 'StoreKind'],
  },
  {
    topic: 'Errors',
    sentence:
      'Each error of the API has one of these codes. [Errors](errors.md) says what to do in each case. A *document* is the text of a GraphQL operation. A *persisted operation* is a document that is stored in a file of the service, so that a request can send only its hash.',
    names: ['ErrorCode'],
  },
]

function enumSections(enums: readonly GraphQLEnumType[]): string[] {
  const missing = enums.filter(({ name }) => !ENUM_TOPICS.some(({ names }) => names.includes(name)))
  if (missing.length > 0) throw new Error(`Add ${missing.join(', ')} to ENUM_TOPICS in scripts/docs/schema-pages.ts.`)
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
