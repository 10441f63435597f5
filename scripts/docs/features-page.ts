import type { Accumulator, EntityKind, Feature } from '../../src/accumulators/accumulator.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { DOMAINS } from '../../src/domain/domains.ts'
import { cell, page, table } from './markdown.ts'

const ENTITIES: Readonly<Record<EntityKind, string>> = {
  USER: 'of a user',
  SESSION: 'of a session',
  ITEM: 'of an item',
  USER_ITEM: 'of a user and an item',
  ATTRIBUTE: 'of a value of an attribute',
  SLATE: 'of a candidate among the candidates of a slate',
  CONTEXT: 'of a request',
}

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
      unit,
      meaning,
      missing,
      domains.size === all ? 'all' : [...domains].join(', '),
    ])
    return `## ${entity}: ${ENTITIES[entity]}\n\n${table(['feature', 'unit', 'meaning', 'null', 'domains'], cells)}`
  })
  return page(
    'src/accumulators and src/domain',
    '# Features',
    'A feature is a number that the model ranks by, and that analysts can query. `accumulators` lists the features of a running service. In the names below, `<attribute>` stands for an attribute of the domain, such as `category`, and `<number>` for a numeric one, such as `price`. `<surface>`, `<device>` and `<source>` stand for their names, and `<feature>` for another feature.',
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
      unit: feature.breakdown ? 'shares by value' : text(feature.unit),
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
