import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { DOMAIN_NAMES } from '../../src/domain/built-in-domain-names.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import type { DomainError } from '../../src/errors.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const DEFINE_DOMAIN = pathToFileURL('src/domain/define-domain.ts').href

/** Each line has the one before it nine times. */
const ALIASES = Array.from({ length: 9 }, (_, i) => `a${i}: &a${i} [${i === 0 ? 1 : Array(9).fill(`*a${i - 1}`)}]`).join('\n')

/** Writes a domain file of this name. @returns its path */
async function file(name: string, text: string): Promise<string> {
  const path = join(await temporaryDirectory(), name)
  await writeFile(path, text)
  return path
}

/** What a start with this domain says, line by line. */
async function problems(nameOrPath: string): Promise<readonly string[]> {
  const error = await loadDomain(nameOrPath).then(
    () => undefined,
    (error: DomainError) => error,
  )
  expect(error).toMatchObject({ code: 'CONFIGURATION' })
  const { message, problems } = error!
  expect(message).toBe(`The domain ${nameOrPath} is not usable.\n  ${problems.join('\n  ')}`)
  return problems
}

const NOBODY = 65_534

describe('the setting DOMAIN', () => {
  it.each(DOMAIN_NAMES)('names a built-in domain: %s', async (name) => {
    expect(await loadDomain(name)).toBe(DOMAINS[name])
  })

  it.each([
    ['newz', 'There is no built-in domain newz. Did you mean news?'],
    ['zoo', `There is no built-in domain zoo. Known: ${DOMAIN_NAMES.join(', ')}.`],
    ['domains/shop', `There is no built-in domain domains/shop. Known: ${DOMAIN_NAMES.join(', ')}.`],
  ])('is refused with %s, and the error suggests the nearest name, or lists all names', async (name, first) => {
    expect(await problems(name)).toEqual([first, expect.stringContaining('.json, .yaml, .yml, .mjs, .js, .ts, .mts')])
  })

  it('is refused with a path that cannot be read', async () => {
    const folder = await temporaryDirectory()
    await mkdir(join(folder, 'folder.yaml'))
    expect(await problems(join(folder, 'none.yaml'))).toEqual([expect.stringMatching(/none\.yaml does not exist/)])
    expect(await problems(join(folder, 'folder.yaml'))).toEqual([expect.stringMatching(/is a folder/)])
  })

  it('is refused with a file that this user may not open', async () => {
    const path = await file('shop.yaml', 'extends: news')
    await chmod(path, 0o000)
    const isRoot = process.getuid?.() === 0
    // Root may open everything.
    if (isRoot) process.seteuid!(NOBODY)
    try {
      expect(await problems(path)).toEqual([expect.stringMatching(/may not be opened/)])
    } finally {
      if (isRoot) process.seteuid!(0)
    }
  })
})

describe('a domain file', () => {
  it.each(DOMAIN_NAMES)('that is empty except for extends equals the domain that it extends: %s', async (name) => {
    const { name: own, ...domain } = await loadDomain(await file('our-site.yaml', `extends: ${name}`))
    const { name: _, ...base } = DOMAINS[name]
    expect(own).toBe('our-site')
    // Functions are made anew.
    expect(JSON.stringify(domain)).toBe(JSON.stringify(base))
  })

  it('in YAML contains only the keys that differ', async () => {
    const path = await file(
      'shop.yaml',
      `
      extends: e-commerce
      eventTypes:
        wishlist: { role: other, weight: 2, goal: false, triggers: true }
        store_visit: {}
        like: { weight: 4 }
        bookmark: null
      attributes: { colour: key, weight: number, brand: null }
      variantGroup: null
      surfaces:
        checkout: { sources: { chosen_together: 50, trending: 20 }, fading: { factor: 0.5, halfLife: 12h } }
        cart: { sources: { trending: 10 }, exploration: { share: 0.1 } }
        item_page: { sources: null, fading: false }
        search: null
      sources: { new: 15, trending: 99, offline: null, favourites: { attributes: [colour] } }
      expiry: { session: 45m, pair: 1w }
      limits: { traffic: { uncounted: [staff] }, eventsPerMinute: null }
      diversity: 0.05
      fading: { factor: 0.9, halfLife: 7d }
      exploration: { arms: 12, knownAfterClicks: null, inputs: { pair_brand_share: null, pair_weight_z: { from: -2, to: 2 } } }
      experiment: { holdOut: 0.1, policies: [{ name: base, share: 1 }, { name: fresh, share: 2, sources: [new] }] }
      `,
    )
    const domain = await loadDomain(path)
    const shop = DOMAINS['e-commerce']
    const { bookmark: _, ...eventTypes } = shop.eventTypes
    expect(domain.eventTypes).toEqual({
      ...eventTypes,
      like: { ...shop.eventTypes.like, weight: 4 },
      wishlist: { role: 'other', weight: 2, goal: false, triggers: true },
      store_visit: { role: 'other', weight: 0, goal: false, triggers: true },
    })
    expect(domain).toMatchObject({
      name: 'shop',
      attributes: { category: 'key', price: 'number', colour: 'key', weight: 'number' },
      surfaces: ['home', 'category', 'item_page', 'cart', 'recently_viewed', 'checkout'],
      expiry: { ...shop.expiry, session: 45 * MINUTE, pair: 7 * DAY },
      limits: { traffic: { attribute: 'traffic', uncounted: ['staff'] }, eventsPerMinute: Infinity, eventsPerItemAndHour: 30 },
      diversity: 0.05,
      fading: { factor: 0.9, halfLife: 7 * DAY },
      experiment: { holdOut: 0.1, policies: [{ name: 'base' }, { name: 'fresh', share: 2 }] },
    })
    expect(domain).not.toHaveProperty('variantGroup')
    expect(domain.surfaceFading).toEqual({ checkout: { factor: 0.5, halfLife: 12 * HOUR }, item_page: undefined })
    const quotas = (list: typeof domain.sources) => Object.fromEntries(list.map(({ name, quota }) => [name, quota]))
    const { offline: __, ...sources } = quotas(shop.sources)
    expect(quotas(domain.sources)).toEqual({ ...sources, new: 15, trending: 99 })
    expect(domain.sources.find(({ name }) => name === 'favourites')?.needs?.accumulators).toHaveProperty('user_favourite_colour')
    expect(Object.keys(domain.surfaceSources!)).toEqual(['cart', 'recently_viewed', 'checkout'])
    expect(quotas(domain.surfaceSources!.cart)).toEqual({ ...quotas(shop.surfaceSources!.cart), trending: 10 })
    expect(domain.exploration).toMatchObject({ arms: 12, gamma: 300, knownAfterClicks: Infinity })
    expect(domain.exploration?.surfaces).toEqual({
      cart: { position: 2, share: 0.1, randomised: 0 },
      item_page: expect.anything(),
    })
    expect(domain.exploration?.inputs.map(({ feature }) => feature)).toEqual([
      ...['item_coec_7d', 'pair_category_share', 'pair_session_category_share', 'pair_ignored', 'pair_weight_z'],
    ])
    // What follows from the attributes, surfaces and sources.
    const features = domain.accumulators.flatMap(({ features }) => features.map(({ name }) => name))
    for (const name of ['colour_popularity_1d', 'pair_colour_share', 'item_weight', 'context_surface_checkout', 'source_new'])
      expect(features).toContain(name)
    for (const name of ['brand_popularity_1d', 'context_surface_search', 'brand_rates']) expect(features).not.toContain(name)
  })

  it('in JSON has the same meaning as in YAML', async () => {
    const definition = {
      $schema: './domain.schema.json',
      name: 'paper',
      extends: 'news',
      expiry: { item: DAY },
      exploration: null,
    }
    const domain = await loadDomain(await file('our-news.json', JSON.stringify(definition)))
    expect(domain).toMatchObject({ name: 'paper', expiry: { ...DOMAINS.news.expiry, item: DAY } })
    expect(domain.exploration).toBeUndefined()
  })

  it('extends the standard events if it names no domain, and then needs sources', async () => {
    expect(await problems(await file('own.yaml', 'surfaces: { feed: {} }'))).toEqual([expect.stringMatching(/^sources: empty/)])
    const domain = await loadDomain(await file('own.yaml', 'sources: { trending: 80 }\nsurfaces: { feed: {} }'))
    expect(domain).toMatchObject({ attributes: { category: 'key' }, surfaces: ['home', 'feed'] })
    expect(Object.keys(domain.eventTypes)).toEqual([
      'impression',
      'view',
      'click',
      'search',
      'dismiss',
      'dislike',
      'undismiss',
      'undislike',
      'session_start',
    ])
  })

  it.each([
    ['empty.yaml', '', ['the definition: expected object, received null.']],
    ['list.json', '[]', ['the definition: expected object, received array.']],
    ['shop.json', '{ "extends": "news",\n  "sources": }\n', ['line 2, column 14: not JSON: Value expected.']],
    ['shop.json', '{ "name": "a", // shop\n "name": 3,}', [expect.stringMatching(/^line 1, column 16: not JSON/)]],
    [
      'twice.json',
      '{ "extends": "news",\n  "sources": { "new": 3, "new": 4 } }',
      ['line 2, column 26: Map keys must be unique.'],
    ],
    ['twice.yaml', 'accumulators:\n  item_goals: true\n  item_goals: true\n', ['line 3, column 3: Map keys must be unique.']],
    ['aliases.yaml', ALIASES, ['Excessive alias count indicates a resource exhaustion attack.']],
    ['open.yaml', 'eventTypes:\n  a: {role: other\nb: 3', [expect.stringMatching(/^line 3, column 1: /)]],
  ])('with a syntax error is refused with its line and column: %s', async (name, text, lines) => {
    expect(await problems(await file(name, text))).toEqual(lines)
  })

  it.each<[string, string]>([
    ['extends: newz', 'extends: there is no built-in domain newz. Did you mean news?'],
    ['extnds: news', 'extnds: unknown key. Did you mean extends?'],
    ['eventTypes: { like: { wieght: 4 } }', 'eventTypes.like.wieght: unknown key. Did you mean weight?'],
    ['eventTypes: { like: { role: veiw } }', 'eventTypes.like.role: "veiw" is not allowed. Did you mean view?'],
    ['eventTypes: { like: { weight: many } }', 'eventTypes.like.weight: expected number, received string.'],
    ['eventTypes: { like: { weight: -1 } }', 'eventTypes.like.weight: -1 is not allowed. Use a number of at least 0.'],
    ['eventTypes: { purchse: null }', 'eventTypes.purchse: null removes an entry, but the extended domain has no purchse'],
    [
      'eventTypes: { Wish: { counted: true } }',
      'eventTypes.Wish.counted: the name of the type becomes part of the name of a feature',
    ],
    ['attributes: { colour: kye }', 'attributes.colour: "kye" is not allowed. Did you mean key?'],
    ['attributes: { Colour: key }', 'attributes.Colour: the name becomes part of feature names'],
    ['attributes: { surface: key }', 'attributes.surface: the name is reserved'],
    ['surfaces:\n  lobby:', 'surfaces.lobby: null removes an entry'],
    [
      'surfaces: { home: { fading: { factr: 0.5, halfLife: 1d } } }',
      'surfaces.home.fading.factr: unknown key. Did you mean factor?',
    ],
    ['fading: { factor: 0.5 }', 'fading: halfLife is missing'],
    ['sources: { tranding: 30 }', 'sources.tranding: unknown source. Did you mean trending?'],
    ['sources: { new: {} }', 'sources.new.quota: missing'],
    ['sources: { new: [1] }', 'sources.new: expected a quota such as 40'],
    ['sources: { trending: { quotas: 4 } }', 'sources.trending.quotas: unknown key. Did you mean quota?'],
    ['sources: { trending: { attributes: [brand] } }', 'sources.trending.attributes: only favourites takes attributes'],
    ['sources: { favourites: { attributes: [chef] } }', 'sources.favourites: it reads the attribute chef, which is not declared'],
    [
      'surfaces: { home: { sources: { favourites: { quota: 9, attributes: [chef] } } } }',
      'surfaces.home.sources.favourites: it reads',
    ],
    [
      'surfaces: { cart: null, item_page: null }\naccumulators: { chosen_together: false }',
      'sources.chosen_together: it reads the',
    ],
    ['surfaces: { cart: null, item_page: null }\nembedding: null', 'sources.embedding: it compares items by their vectors'],
    ['accumulators: { item_gaols: true }', 'accumulators.item_gaols: unknown accumulator. Did you mean item_goals?'],
    ['compared: { item_ctr_8d: true }', 'compared.item_ctr_8d: no accumulator has a feature of this name'],
    ['expiry: { session: 1 hour }', 'expiry.session: expected a length of time'],
    ['expiry: { session: 0s }', 'expiry.session: 0 ms is not allowed'],
    ['exploration: { inputs: { item_ceoc_7d: {} } }', 'exploration.inputs.item_ceoc_7d: no accumulator has'],
    ['seen: [{ types: [purchas] }]', 'seen.0.types.0: the domain declares no event type purchas. Did you mean purchase?'],
    ['seen: [{}, { types: [] }]', 'seen.1.types is empty: name event types'],
    [`seen: [{ types: [${'view,'.repeat(1000)}] }]`, 'seen.0.types has 1000 entries; at most 50 are allowed.'],
    ['seen: [{ within: { hours: 0 } }]', 'seen.0.within.hours is 0: use a number above 0 and at most 87600.'],
    ['seen: [{ within: { hours: .nan } }]', 'seen.0.within: expected { "session": true }, or an object such as'],
    ['seen: [{ within: session }]', 'seen.0.within: expected { "session": true }, or an object such as'],
    ['seen: [{ typs: [view] }]', 'seen.0.typs: unknown key. Did you mean types?'],
    ['surfaces: { home: { seen: [{ within: { hours: 1e9 } }] } }', 'surfaces.home.seen.0.within.hours is 1000000000: use'],
    ['surfaces: { home: { seen: [{ types: [veiw] }] } }', 'surfaces.home.seen.0.types.0: the domain declares no event type veiw'],
    [
      'experiment: { policies: [{ name: a, share: 1, rules: { seen: [{ types: [veiw] }] } }] }',
      'experiment.policies.a.rules.seen.0.types.0: the domain declares no event type veiw. Did you mean view?',
    ],
    [
      'experiment: { policies: [{ name: a, share: 1, rules: { seen: [{ within: { hours: -1 } }] } }] }',
      'experiment.policies.a.rules.seen.0.within.hours is -1: use a number',
    ],
    ['experiment: { policies: [{ name: a }] }', 'experiment.policies.0.share: missing, expected number'],
    [
      'experiment: { policies: [{ name: a, share: 1, rules: { exlude: [] } }] }',
      'experiment.policies.0.rules.exlude: unknown key',
    ],
  ])('is refused: %s', async (text, problem) => {
    const extending = text.startsWith('ext') ? text : `extends: e-commerce\n${text}`
    expect(await problems(await file('shop.yaml', extending))).toEqual([expect.stringContaining(problem)])
  })

  it('is refused with all its problems at once, in its form and in the meaning of its values', async () => {
    const text =
      'extends: e-commerce\natributes: {}\nsources: { favourites: { attributes: [chef] } }\nlateness: soon\ndiversity: 7'
    const found = await problems(await file('shop.yaml', text))
    expect(found.map((line) => line.split(':')[0]).sort()).toEqual(['atributes', 'diversity', 'lateness', 'sources.favourites'])
  })
})

describe('a module', () => {
  it('can export an argument of defineDomain, or a domain that extends another one of the module', async () => {
    const plain = await loadDomain(
      await file('site.mjs', 'export default { name: "site", extends: "video", eventTypes: { skip: {} } }'),
    )
    expect(plain.name).toBe('site')
    expect(Object.keys(plain.eventTypes)).toEqual([...Object.keys(DOMAINS.video.eventTypes), 'skip'])
    const extending = await loadDomain(
      await file(
        'site.mjs',
        `import { defineDomain } from '${DEFINE_DOMAIN}'
        const base = defineDomain({ name: 'base', extends: 'video', surfaces: { kids: {} } })
        export default defineDomain({ name: 'site', extends: base, surfaces: { kids: { sources: { new: 9 } }, title: null } })`,
      ),
    )
    expect(extending).toMatchObject({ name: 'site', surfaces: ['home', 'browse', 'up_next', 'search', 'continue', 'kids'] })
    expect(extending.surfaceSources!.kids).toMatchObject([{ name: 'new', quota: 9 }])
  })

  it.each<[string, string, string | RegExp]>([
    ['throws', 'throw new Error("no weather today")', 'The module cannot be loaded: Error: no weather today'],
    ['has no default export', 'export const shop = {}', 'The module has no default export. End it with: export default'],
    ['throws no error', 'throw undefined', 'The module cannot be loaded: undefined'],
    ['exports no domain', 'export default 7', 'the definition: expected object, received number.'],
    ['misspells a key', 'export default { extends: "news", eventTyps: {} }', 'eventTyps: unknown key. Did you mean eventTypes?'],
    [
      'has an accumulator twice, and a source that lacks its accumulator',
      `import { defineDomain } from '${DEFINE_DOMAIN}'
      const item_price = { name: 'item_price', entity: 'ITEM', description: '', roles: [], features: [] }
      const tips = { name: 'tips', quota: 1, needs: { accumulators: { tipped: [] } }, reads: () => ({}), candidates: () => ({}) }
      export default defineDomain({ extends: 'games', accumulators: { item_price }, sources: { tips } })`,
      /accumulators\.item_price: two accumulators have this name.*\n {2}sources\.tips: it reads the accumulator tipped/,
    ],
  ])('that %s is refused', async (_, text, problem) => {
    const found = (await problems(await file('shop.mjs', text))).join('\n  ')
    if (typeof problem === 'string') expect(found).toContain(problem)
    else expect(found).toMatch(problem)
  })
})
