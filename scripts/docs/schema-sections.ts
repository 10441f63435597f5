/** A part of a page: a heading, a sentence, and names of types in the order of the page. */
export interface Section {
  readonly title: string
  readonly intro: string
  readonly types: readonly string[]
}

/** Sections of the page on inputs. */
export const INPUT_SECTIONS: readonly Section[] = [
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

/** Sections of the page on analysis and status. */
export const ANALYSIS_SECTIONS: readonly Section[] = [
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

/** Enums by what they are about, with a sentence on them. */
export const ENUM_TOPICS: readonly { readonly topic: string; readonly sentence: string; readonly names: readonly string[] }[] = [
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
