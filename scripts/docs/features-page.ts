import type { Accumulator, EntityKind, Feature } from '../../src/accumulators/accumulator.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { cell, page, table } from './markdown.ts'

const ENTITIES: Readonly<Record<EntityKind, string>> = {
  USER: 'of a user',
  SESSION: 'of a session',
  ITEM: 'of an item',
  USER_ITEM: 'of a user and an item',
  ATTRIBUTE: 'of a value of an attribute',
  SLATE: 'of a candidate, compared with the other candidates of a slate',
  CONTEXT: 'of a request',
}

const PLACEHOLDERS = `Some names stand for several features, one for each name that can take the place of a placeholder:

| placeholder in a name | what it stands for | what the word in italics means in the columns *meaning* and *null* |
| --- | --- | --- |
| \`<attribute>\` | an attribute of items that the domain declares as a \`key\`, such as \`brand\` | *attribute* is one value of the attribute, such as the brand Lux |
| \`<number>\` | an attribute of items that the domain declares as a \`number\`, such as \`price\` | *number* is the number of an item, such as its price |
| \`<surface>\`, \`<device>\`, \`<source>\` | the name of a surface (a place where slates appear), of a device, or of a source that proposes items | *surface*, *device* or *source* is the one with this name |
| \`<feature>\` | the name of another feature | *feature* is the value of that feature |`

const TERMS = `- A *slate* is an ordered list of recommended items. A *candidate* is an item that could be in a slate.
- An *impression* is the event that an item became visible to a user. An *action* is any other event of a user on an item.
- The *event weight* says how much interest in an item an event shows. The [domain](domains.md#event-types) sets it for each event type.
- *Decayed with a half-life of a week*: an event counts fully now, half after a week, and a quarter after two. An ending such as \`_7d\` names the half-life.
- A rate that is *smoothed towards that of the whole shop* is (h + m·p)/(n + m). Here, h is the number of hits such as clicks, n the number of trials such as impressions, p the rate of the whole shop (at least 0.0001), and m = max(20, 1/p). So an item with few trials has about the rate of the shop.
- Rates *per view*, and the feature \`<attribute>_views_7d\`, count clicks as views.
- A session is *live* until it has no event for the time \`expiry.session\` of the domain.
- A *pair* is what the service knows of one user and one item together. It expires after the time \`expiry.pair\` of the domain without an event.`

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
    const own = [...rows.values()].filter(({ feature }) => feature.entity === entity)
    const cells = own.map(({ name, unit, meaning, missing, domains }) => [
      `\`${name}\``,
      unit || 'none',
      meaning,
      missing,
      domains.size === all ? 'all' : [...domains].join(', '),
    ])
    return `## ${entity}: ${ENTITIES[entity]}\n\n${table(['feature', 'unit', 'meaning', 'null', 'domains'], cells)}`
  })
  return page(
    'src/accumulators and src/domain',
    '# Features',
    'A *feature* is a number that the service derives from events. The model ranks items by features, and analysts can query them. The query `accumulators` lists the features of a running service. The [glossary](../concepts/glossary.md) explains the terms that this page does not.\n\nIn the tables, the column *null* says when a feature has no value, and the column *domains* names the built-in [domains](domains.md) that have the feature. The column *unit* says *none* for a number without a unit.',
    PLACEHOLDERS,
    'The descriptions use these terms:',
    TERMS,
    ...sections,
  )
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
      meaning: text(feature.description),
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
