import type { Accumulator, EntityKind, Feature } from '../../src/accumulators/accumulator.ts'
import { FOLLOWING, PER_VIEW } from '../../src/accumulators/decayed-figures.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { cell, page, table } from './markdown.ts'

/** Of each kind of entity, what its features describe: the end of the heading, and sentences on the table. */
const ENTITIES: Readonly<Record<EntityKind, readonly [of: string, sentence: string]>> = {
  USER: ['of a user', 'These features describe one user, from all events of this user.'],
  SESSION: ['of a session', 'These features describe one [session](#terms).'],
  ITEM: ['of an item', 'These features describe one item, from the events of all users.'],
  USER_ITEM: [
    'of a user and an item',
    'These features say what the user did with the item, or how well it fits earlier actions of the user.',
  ],
  ATTRIBUTE: [
    'of an attribute value',
    `These features describe one value of an attribute, such as the brand Lux, from the events of all users on all items with this value. For an item, a model reads the features of its brand, its category, and so on. If the item has several values of an attribute, the first one counts.

Each feature \`<attribute>_…\` also exists as \`surface_…\`. For example, \`surface_ctr_7d\` is the click rate of all items on one surface (place where slates appear). A model reads those of the surface of the request. They are null if the request names no surface, or if no event on it is known.

Features \`position_…\` describe a position on a surface, such as \`home#1\` (the top of \`home\`). Analysts read them with the query \`attributeFeatures\`. Models cannot use them, because an item has no position before it is ranked.`,
  ],
  SLATE: [
    'of a candidate among others',
    'These features exist only while the service makes a [slate](#terms). They say what rank a candidate has in the list of a [source](sources.md) (code that proposes candidates), or how it compares with the other candidates.',
  ],
  CONTEXT: [
    'of a request',
    'These features describe the request for a slate, and which [sources](sources.md) proposed a candidate.',
  ],
}

const PLACEHOLDERS = `A name with a placeholder, such as \`<attribute>_ctr_7d\`, means several features, such as \`brand_ctr_7d\` and \`category_ctr_7d\`. In the other columns, the word in italics stands for the same: in \`brand_ctr_7d\`, "this *attribute*" means "this brand".

| placeholder | stands for |
| --- | --- |
| \`<attribute>\` | an item attribute that the [domain](domains.md#attributes) declares as a \`key\` (a text or a list of texts), such as \`brand\` |
| \`<number>\` | an item attribute that the domain declares as a \`number\`, such as \`price\` |
| \`<surface>\` | a surface (place where slates appear), such as \`home\` |
| \`<device>\` | a kind of device, such as \`mobile\` |
| \`<source>\` | a [source](sources.md) of candidates, such as \`trending\` |
| \`<feature>\` | another feature, such as \`item_ctr_7d\` |`

const TERMS = `- A *slate* is an ordered list of recommended items. A *candidate* is an item that could be in a slate.
- An *impression* is the event that an item became visible to a user. An *action* is any other event of a user on an item.
- A *view*, *click*, *addition to a cart* or *purchase* is an event whose type has the [role](domains.md#event-types) \`view\`, \`click\`, \`cart\` or \`purchase\` in the domain. In e-commerce, for example, a bookmark counts as an addition to a cart.
- The *event weight* says how much interest in an item an event shows. The [domain](domains.md#event-types) sets it for each event type.
- *Decayed with a half-life of a week* means that an event counts as 1 when it happens, as a half after a week, and as a quarter after two weeks. A name that ends in \`_1h\`, \`_1d\`, \`_7d\` or \`_30d\` names a feature of decayed events, with a half-life of an hour, a day, 7 or 30 days.
- *The whole shop* means all items of the service together.
- *Smoothed* rates are (h + m·p)/(n + m), so that few impressions do not give extreme rates. p is the rate of the whole shop, at least 0.0001, and m is the larger of 20 and 1/p. In a click rate, h is the number of clicks, and n that of impressions. In a rate per view, h is the number of additions to a cart, purchases or goals, and n that of views.
- In *click rates*, a click counts if the item was shown to the same user within a day before it, once for each time it was shown.
- In *rates per view* and numbers of views, a click counts as a view too. A rate per view can be above 1, because users may act without a view, or several times after one.
- A *session* is a visit of a user: events without a long pause. It is *live* until the user has sent no event for some time (\`expiry.session\` of the [domain](domains.md#keys-of-a-file)).
- A *pair* is what the service stores about one user and one item. It expires when the user has sent no event on the item for some time (\`expiry.pair\`).`

const HEAD = ['feature', 'unit', 'meaning', 'null']

const UNITS = `The units: a *share* is a part of a whole, from 0 to 1. A *ratio* is one number divided by another. A *place* goes from 0 (first) to 1 (last). *yes or no* is 1 or 0. *event weight* is a sum of event weights. *by value* means several numbers, such as one share for each brand. Features without a unit have none.`

/** How many rows of a table have the same text on null values, at least, for it to stand above the table instead. */
const COMMON_FROM = 3

/** What the section Terms says once of all features whose names tell the half-life. */
const TOLD_BY_NAME =
  /,(?: from clicks and impressions)?(?: that are)? decayed with a half-life of (?:an hour|a day|a week|30 days)/
const NAME_TELLS = /_(?:1h|1d|7d|30d)$/
/** The example of a position, which the section on attribute values has once. */
const EXAMPLE = ', such as home#1 (the top of home)'
const SMOOTHED = ', smoothed towards the rate of the whole shop'

/** What the section on features of attribute values says once for all of them. */
const OF_RANKED_ITEM = /\. For (?:an item with several values|a candidate), [^.]*$/

/** Words that the section Terms explains, and that rows of the tables link to it. */
const LINKED = /\b(event weights?|decayed|smoothed|pair has expired|live session)\b/g

interface Row {
  readonly name: string
  readonly feature: Feature
  readonly unit: string
  readonly meaning: string
  readonly missing: string
  readonly domains: Set<string>
}

/** docs/reference/features.md: the features of all domains that come with the service. */
export function featuresPage(): string {
  const rows = new Map<string, Row>()
  for (const [domainName, domain] of Object.entries<Domain>(DOMAINS))
    for (const accumulator of domain.accumulators)
      for (const feature of accumulator.features) addRow(rows, domainName, accumulator, feature)
  const sections = (Object.keys(ENTITIES) as EntityKind[]).map((entity) => {
    const own = [...rows.values()].filter(({ feature, name }) => feature.entity === entity && !isOfSurface(name, rows))
    return sectionOf(entity, own)
  })
  return page(
    'src/accumulators and src/domain',
    '# Features',
    'A *feature* is a number that the service derives from events, such as the click rate of an item. The ranking [model](models.md) computes the score of each item from features, and analysts read them by queries such as `itemFeatures`. This page lists the features of the built-in [domains](domains.md); the query `accumulators` lists those of a running service. A domain that declares attributes of users, requests or events has [further features](domains.md#attributes-of-users-requests-and-events). The [glossary](../concepts/glossary.md) explains further terms.',
    '## Terms',
    TERMS,
    UNITS,
    '## Placeholders in names',
    PLACEHOLDERS,
    ...sections,
  )
}

/** The part of the page on one kind of entity. Features that differ only in the half-life share a row. */
function sectionOf(entity: EntityKind, rows: readonly Row[]): string {
  const common = commonOf(rows.map(({ missing }) => missing))
  const named = new Map<string, { readonly names: string[]; readonly cells: readonly string[] }>()
  for (const { name, unit, meaning, missing } of rows) {
    const cells = [unit, linked(meaning), shortened(missing, common)]
    const same = named.get(cells.join('|'))
    if (same) same.names.push(`\`${name}\``)
    else named.set(cells.join('|'), { names: [`\`${name}\``], cells })
  }
  const lines = [...named.values()].map(({ names, cells }) => [names.join(', '), ...cells])
  const all = Object.keys(DOMAINS).length
  const some = rows.filter(({ domains }) => domains.size < all)
  const byDomains = new Map<string, string[]>()
  for (const { name, domains } of some) {
    const key = [...domains].join(', ')
    byDomains.set(key, [...(byDomains.get(key) ?? []), `\`${name}\``])
  }
  const only = [...byDomains].map(([domains, names]) => `- ${names.join(', ')}: ${domains}`)
  const [of, sentence] = ENTITIES[entity]
  return [
    `## ${entity}: ${of}`,
    common ? `${sentence} Unless the column *null* says otherwise, a feature is ${nullIf(linked(common))}.` : sentence,
    table(HEAD, lines),
    only.length > 0 ? `Only some built-in domains have these features:\n\n${only.join('\n')}` : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** The text that most rows have in common. Undefined if no text is common enough. */
function commonOf(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  const [[text, count] = ['', 0]] = [...counts].sort(([, a], [, b]) => b - a)
  return count >= COMMON_FROM ? text : undefined
}

function shortened(missing: string, common: string | undefined): string {
  if (missing === common) return ''
  const longer = `${common}, or `
  if (common === undefined || !missing.startsWith(longer)) return linked(missing)
  const more = missing.slice(longer.length)
  return linked(more.startsWith('while ') ? `also ${more}` : `also if ${more}`)
}

/** Makes the end of a sentence of a text on null values: `never (0 without events)` becomes `never null (0 without events)`. */
function nullIf(missing: string): string {
  return missing.startsWith('never') ? missing.replace('never', 'never null') : `null ${missing}`
}

/** Whether the section on features of attribute values says of a feature that it exists for surfaces too. */
function isOfSurface(name: string, rows: ReadonlyMap<string, Row>): boolean {
  return name.startsWith('surface_') && rows.has(name.replace('surface', '<attribute>'))
}

/** Links each term of a cell that the section Terms explains, where the term first occurs. */
function linked(text: string): string {
  const seen = new Set<string>()
  return text.replace(LINKED, (term) => {
    if (seen.has(term)) return term
    seen.add(term)
    return `[${term}](#terms)`
  })
}

/** Returns a description without what the section Terms says of all features of its kind. */
function withoutTerms(name: string, description: string): string {
  const text = description
    .replace(OF_RANKED_ITEM, '')
    .replace(`. ${FOLLOWING}`, '')
    .replace(`. ${PER_VIEW}`, '')
    .replace(EXAMPLE, '')
  const told = NAME_TELLS.test(name) ? text.replace(TOLD_BY_NAME, '') : text
  return told.replace(SMOOTHED, ', smoothed')
}

function addRow(rows: Map<string, Row>, domain: string, accumulator: Accumulator, feature: Feature): void {
  const general = generalised(accumulator, feature)
  const name = general(feature.name, (stand) => `<${stand}>`)
  const text = (words: string | undefined) => general(cell(words), (stand) => `*${stand}*`)
  const row = rows.get(name)
  if (row) row.domains.add(domain)
  else
    rows.set(name, {
      name,
      feature,
      unit: feature.breakdown ? `${text(feature.unit) || 'shares'} by value` : text(feature.unit),
      meaning: withoutTerms(name, text(feature.description)),
      missing: text(feature.missing),
      domains: new Set([domain]),
    })
}

/** Replaces what differs between domains, attributes, surfaces, devices and sources by a placeholder. */
type Generalise = (text: string, mark: (stand: string) => string) => string

function generalised({ name, attributes = {} }: Accumulator, feature: Feature): Generalise {
  const [[attribute, kind] = ['', 'key'], ...others] = Object.entries(attributes)
  if (attribute !== '' && others.length === 0) return placeholder(attribute, kind === 'key' ? 'attribute' : 'number')
  if (name === 'within_slate') return placeholder(feature.name.replace(/_(rank|ratio)$/, ''), 'feature')
  const named = /^(?:context_(surface)|(?:context|user)_(device)|(source))_(.+)$/.exec(feature.name)
  if (!named) return (text) => text
  const [, surface, device, source, value] = named
  return placeholder(value, surface ?? device ?? source)
}

function placeholder(value: string, stand: string): Generalise {
  const whole = new RegExp(`(?<![a-z0-9])${value}(?![a-z0-9])`, 'g')
  return (text, mark) => text.replace(whole, mark(stand))
}
