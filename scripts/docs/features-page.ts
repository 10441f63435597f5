import type { Accumulator, EntityKind, Feature } from '../../src/accumulators/accumulator.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { cell, page, table } from './markdown.ts'

/** Of each kind of entity, what its features describe: the end of the heading, and a sentence on the table. */
const ENTITIES: Readonly<Record<EntityKind, readonly [of: string, sentence: string]>> = {
  USER: ['of a user', 'These features describe one user, from all events of this user.'],
  SESSION: ['of a session', 'These features describe one [session](#terms): a visit of a user.'],
  ITEM: ['of an item', 'These features describe one item, from the events of all users on the item.'],
  USER_ITEM: [
    'of a user and an item',
    'These features describe a user and an item together. They say what the user did with the item, or how well it fits earlier actions of the user.',
  ],
  ATTRIBUTE: [
    'of an attribute value',
    'These features describe one value of an attribute, such as the brand Lux. They count the events of all users on all items with this value. When a model ranks an item, it reads the features of the brand of this item, of its category, and so on. If the item has several values of an attribute, the model reads those of the first value.\n\nThe service counts events in the same way for each surface (a place where slates appear). So each feature `<attribute>_…` of the table also exists with the name `surface_…`. For example, `surface_ctr_7d` is the click rate of all items on one surface. A model reads the features of the surface for which the slate is made. These features are null if the request for the slate names no surface, or if no event on this surface is known.\n\nThe first three features of the table describe a position on a surface, and not an attribute value. For example, `home#1` is the top position of the surface `home`. These three features are only for analysts, who read them with the query `attributeFeatures`. Models cannot use them, because an item has no position before it is ranked.',
  ],
  SLATE: [
    'of a candidate among others',
    'These features exist only while the service makes a [slate](#terms). For a slate, several *sources* propose candidates. A [source](sources.md) is code that makes a list of candidates, the best first. The features say what rank a candidate has in the list of a source, or how it compares with all other candidates.',
  ],
  CONTEXT: [
    'of a request',
    'These features describe the request for a slate, and which [sources](sources.md) proposed a candidate.',
  ],
}

const PLACEHOLDERS = `A name with a placeholder, such as \`<attribute>_ctr_7d\`, means several features. For example, the features \`brand_ctr_7d\` and \`category_ctr_7d\` exist if the domain declares the attributes \`brand\` and \`category\`. In the tables below, one line describes all these features. Their descriptions contain a word in italics, such as *attribute*. Put a word of the real feature in its place, as this table shows:

| placeholder in a name | what stands in its place in a real name | word in italics in the description | example |
| --- | --- | --- | --- |
| \`<attribute>\` | an item attribute that the [domain](domains.md#attributes) declares as a \`key\` (a text or a list of texts), such as \`brand\` | *attribute* | in \`brand_ctr_7d\`, "this *attribute*" means "this brand" |
| \`<number>\` | an item attribute that the domain declares as a \`number\`, such as \`price\` | *number* | in \`pair_price_z\`, "the item's *number*" means "the item's price" |
| \`<surface>\` | a surface (a place where slates appear), such as \`home\` | *surface* | in \`context_surface_home\`, "the surface of the request is *surface*" means "the surface of the request is home" |
| \`<device>\` | a kind of device, such as \`mobile\` | *device* | in \`user_device_mobile\`, "events from *device*" means "events from a mobile device" |
| \`<source>\` | a [source](sources.md) of candidates, such as \`trending\` | *source* | in \`source_trending\`, "the source *source*" means "the source trending" |
| \`<feature>\` | another feature, such as \`item_ctr_7d\` | *feature* | in \`item_ctr_7d_rank\`, "ordered by *feature*" means "ordered by item_ctr_7d" |`

const TERMS = `- A *slate* is an ordered list of recommended items. A *candidate* is an item that could be in a slate.
- An *impression* is the event that an item became visible to a user. An *action* is any other event of a user on an item.
- The [domain](domains.md#event-types) gives each event type a *role*, which says what such events mean. A *view*, *click*, *addition to a cart* or *purchase* is an event whose type has the role \`view\`, \`click\`, \`cart\` or \`purchase\`. For example, the domain e-commerce gives the event type \`bookmark\` the role \`cart\`. So a bookmark counts as an addition to a cart.
- The *event weight* is a number that says how much interest in an item an event shows. The [domain](domains.md#event-types) sets the weight of each event type.
- *Decayed with a half-life of a week* means that older events count less. An event counts as 1 when it happens, as a half after a week, and as a quarter after two weeks. In many names, the end gives the half-life: \`_7d\` means 7 days, \`_1d\` a day and \`_1h\` an hour.
- *The whole shop* means all items of the service together, also if the service is not a shop.
- *Smoothed towards the rate of the whole shop:* if an item has few impressions, its own click rate says little. So the rate is computed as if the item had m more impressions, with the click rate p of the whole shop. The formula is (h + m·p)/(n + m), where h is the number of clicks on the item that count in its click rate, and n the number of its impressions. p is at least 0.0001, and m is the larger of 20 and 1/p. Other rates are smoothed in the same way. In the rate of purchases per view, for example, h is the number of purchases, and n the number of views.
- In rates per view, such as purchases per view, and in numbers of views, a click counts as a view too. The reason: a click on an item usually opens its page.
- A *session* is a visit of a user: events without a long pause. A session is *live* until the user has sent no event for some time (\`expiry.session\` of the [domain](domains.md#keys-of-a-file)).
- A *pair* is what the service stores about one user and one item together. A pair expires when the user has sent no event on the item for some time (\`expiry.pair\` of the [domain](domains.md#keys-of-a-file)).`

const HEAD = [
  'feature ([placeholders](#placeholders-in-names) in `<>`)',
  'unit',
  'meaning',
  'when the value is null',
  'built-in domains that have the feature',
]

const UNITS = `The units of the tables: a *share* is a part of a whole, from 0 to 1. A *ratio* is one number divided by another, so 1 means that both are equal. A *place* is the share of the other candidates that stand before the item: 0 is the first place, and 1 the last. *yes or no* means 1 for yes, and 0 for no. *event weight* means that the number is a sum of event weights. *none* means that the number has no unit. If a unit ends in *by value*, the feature consists of several numbers, such as one share for each brand.`

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
  const all = Object.keys(DOMAINS).length
  const sections = (Object.keys(ENTITIES) as EntityKind[]).map((entity) => {
    const own = [...rows.values()].filter(({ feature, name }) => feature.entity === entity && !isOfSurface(name, rows))
    const cells = own.map(({ name, unit, meaning, missing, domains }) => [
      `\`${name}\``,
      unit || 'none',
      linked(meaning),
      linked(missing),
      domains.size === all ? 'all' : [...domains].join(', '),
    ])
    const [of, sentence] = ENTITIES[entity]
    return `## ${entity}: ${of}\n\n${sentence}\n\n${table(HEAD, cells)}`
  })
  return page(
    'src/accumulators and src/domain',
    '# Features',
    'A *feature* is a number that the service derives from events, such as the click rate of an item. The ranking [model](models.md) computes the score of each item from features. Analysts can read features by queries such as `itemFeatures`. This page lists the features of the built-in [domains](domains.md) (configurations of the service). The query `accumulators` lists those of a running service. A domain that declares attributes of users, requests or events has [further features](domains.md#attributes-of-users-requests-and-events). The [glossary](../concepts/glossary.md) explains further terms.',
    '## Terms',
    'The tables use these terms:',
    TERMS,
    UNITS,
    '## Placeholders in names',
    PLACEHOLDERS,
    ...sections,
  )
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
      meaning: text(feature.description).replace(OF_RANKED_ITEM, ''),
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
