import { existsSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { builtModule } from '../support/built-command.ts'
import { post } from '../support/graphql-client.ts'
import { itWhenLong } from '../support/long.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const DEFINE_DOMAIN = pathToFileURL(builtModule('src/domain/define-domain')).href

/** Options with which Node runs no TypeScript, as Node 20 does without any. */
const NO_TYPESCRIPT = Reflect.get(process.features, 'typescript') ? { NODE_OPTIONS: '--no-experimental-strip-types' } : {}

/** Starts the service with a domain file of this name and text, beside which these packages are installed. */
async function startWith(name: string, text: string, packages: readonly string[] = [], environment = {}) {
  const folder = await temporaryDirectory()
  if (packages.length > 0) await mkdir(join(folder, 'node_modules'))
  for (const one of packages) await symlink(resolve('node_modules', one), join(folder, 'node_modules', one))
  const [DOMAIN, DATA_DIR] = [join(folder, name), join(folder, 'data')]
  await writeFile(DOMAIN, text)
  // A module imports the compiled files that the package exports: it shall get those that run.
  const program = builtModule('src/commands/main')
  return { service: new StartedService({ DOMAIN, DATA_DIR, ...environment }, [program, 'serve']), folder, DOMAIN, DATA_DIR }
}

async function record(url: string, eventType: string, itemId: string): Promise<void> {
  const input = { userId: 'me', itemId, eventType }
  const { data } = await post(url, 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }', {
    input,
  })
  expect(data).toEqual({ recordEvent: { __typename: 'RecordEventPayload' } })
}

/** A domain file with types, which only a runner of TypeScript takes. */
const TYPED = `import { defineDomain } from '${DEFINE_DOMAIN}'

interface Weights { readonly wishlist: number }
const weights: Weights = { wishlist: 2 }
const wishlist = { role: 'other', weight: weights.wishlist, goal: false, triggers: true, counted: true } as const

export default defineDomain({ name: 'our-shop', extends: 'e-commerce', eventTypes: { wishlist } })
`

const SHOP = `# yaml-language-server: $schema=schemas/domain.schema.json
extends: e-commerce
eventTypes:
  wishlist: { role: other, weight: 2, goal: false, triggers: true, counted: true }
  store_visit: { role: other, weight: 0, triggers: false }
attributes:
  colour: key
surfaces:
  checkout:
    sources: { chosen_together: 50, trending: 20 }
sources:
  new: 15
expiry:
  session: 45m
diversity: 0.05
`

describe('the service with a domain file', () => {
  it('counts events of a new type, and its accumulators show them', async () => {
    const { service } = await startWith('our-shop.yaml', SHOP)
    const url = await service.serving()
    await record(url, 'wishlist', 'i1')
    await record(url, 'wishlist', 'i1')
    await record(url, 'store_visit', 'i1')
    const { data, errors } = await post(
      url,
      `{
        userFeatures(userIds: ["me"], names: ["user_events_by_type"]) { features { name breakdown { key value } } }
        itemFeatures(itemIds: ["i1"], names: ["item_wishlist_7d"]) { features { name value } }
        accumulators { name }
      }`,
    )
    expect(errors).toBeUndefined()
    const breakdown = [
      { key: 'wishlist', value: 2 },
      { key: 'store_visit', value: 1 },
    ]
    expect(data).toMatchObject({
      userFeatures: [{ features: [{ name: 'user_events_by_type', breakdown }] }],
      itemFeatures: [{ features: [{ name: 'item_wishlist_7d', value: expect.closeTo(2, 3) }] }],
      accumulators: expect.arrayContaining([{ name: 'colour_rates' }, { name: 'event_counts' }]),
    })
    expect(await service.stop('SIGTERM')).toBe(0)
  })

  it('uses accumulators and sources of a module', async () => {
    const { service } = await startWith(
      'our-shop.mjs',
      `import { decayedSum, defineDomain, itemKey } from '${DEFINE_DOMAIN}'

      const TIPS = decayedSum('item', 'tips', 86_400_000)
      const tips = {
        name: 'tips',
        entity: 'ITEM',
        description: 'How often an item is tipped.',
        roles: [],
        expires: 'item',
        slots: [TIPS],
        reduce: ({ event, facts, increments, time }) => {
          if (event.eventType !== 'tip') return
          for (const { itemId } of facts.items) increments.addDecayed(TIPS, itemKey(itemId), 1, time)
        },
        features: [
          { name: 'item_tips_1d', entity: 'ITEM', description: 'Tips', missing: 'never', column: ({ items }) => items.decayed(TIPS) },
        ],
      }
      const picks = {
        name: 'picks',
        quota: 2,
        needs: { accumulators: { tips: [] } },
        reads: () => ({}),
        candidates: () => ({ itemIds: ['i7', 'i8'], scores: [2, 1], reason: () => ({ code: 'NEW' }) }),
      }
      export default defineDomain({
        name: 'our-shop',
        extends: 'e-commerce',
        accumulators: { tips },
        sources: { picks },
        surfaces: { home: { sources: { picks } } },
        exploration: null,
      })`,
    )
    const url = await service.serving()
    const items = ['i6', 'i7', 'i8'].map((itemId) => ({ itemId, attributes: {} }))
    const { data: uploaded } = await post(
      url,
      'mutation ($items: [ItemInput!]!) { upsertItems(input: { items: $items }) { __typename } }',
      {
        items,
      },
    )
    await record(url, 'tip', 'i7')
    expect(uploaded).toEqual({ upsertItems: { __typename: 'UpsertPayload' } })
    const { data, errors } = await post(
      url,
      `{
        recommendations(input: { userId: "me", surface: "home", first: 2, rules: { seen: [] } }) {
          items { item { itemId } sources { name } }
        }
        itemFeatures(itemIds: ["i7"], names: ["item_tips_1d"]) { features { value } }
      }`,
    )
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({
      recommendations: { items: ['i7', 'i8'].map((itemId) => ({ item: { itemId }, sources: [{ name: 'picks' }] })) },
      itemFeatures: [{ features: [{ value: expect.closeTo(1, 3) }] }],
    })
    expect(await service.stop('SIGTERM')).toBe(0)
  })

  itWhenLong('accepts a TypeScript file, through jiti if Node does not run TypeScript', async () => {
    const { service, folder } = await startWith('our-shop.ts', TYPED, ['jiti'])
    expect(existsSync(join(folder, 'node_modules/jiti'))).toBe(true)
    const url = await service.serving()
    await record(url, 'wishlist', 'i1')
    const { data } = await post(
      url,
      '{ userFeatures(userIds: ["me"], names: ["user_events_by_type"]) { features { breakdown { key } } } }',
    )
    expect(data).toMatchObject({ userFeatures: [{ features: [{ breakdown: [{ key: 'wishlist' }] }] }] })
    expect(await service.stop('SIGTERM')).toBe(0)
  })

  it('ends with 78 and one sentence for a TypeScript file that neither Node nor jiti runs', async () => {
    const { service, DOMAIN, DATA_DIR } = await startWith('our-shop.ts', TYPED, [], NO_TYPESCRIPT)
    expect(await service.ended()).toBe(78)
    const version = process.versions.node
    expect(await service.errors).toBe(
      `liverank: The domain ${DOMAIN} is not usable.\n  Node ${version} does not run TypeScript. Use Node 22.18 or later, install jiti beside the file (npm install jiti), or write a .mjs file.\n`,
    )
    expect(existsSync(DATA_DIR)).toBe(false)
  })

  it('names the mistake in a TypeScript file, ends with 78, and writes nothing', async () => {
    const text = `const name: string = 'our-shop'\nexport default { name, extends: 'e-commerce', eventTyps: {} }\n`
    const { service, DOMAIN, DATA_DIR } = await startWith('our-shop.ts', text, ['jiti'])
    expect(await service.ended()).toBe(78)
    expect(await service.errors).toBe(
      `liverank: The domain ${DOMAIN} is not usable.\n  eventTyps: unknown key. Did you mean eventTypes?\n`,
    )
    expect(existsSync(DATA_DIR)).toBe(false)
  })

  it.each([
    [
      'has a syntax error',
      'shop.mjs',
      'export default {\n  name: 1\n  other: 2\n}',
      "SyntaxError: Unexpected identifier 'other', line 3, column 3",
    ],
    ['misspells a key', 'shop.yml', 'extends: news\neventTyps: {}', 'eventTyps: unknown key. Did you mean eventTypes?'],
  ])('that %s ends with 78 and one message, and writes nothing', async (_, name, text, problem) => {
    const { service, DOMAIN, DATA_DIR } = await startWith(name, text)
    expect(await service.ended()).toBe(78)
    const errors = await service.errors
    expect(errors.startsWith(`liverank: The domain ${DOMAIN} is not usable.\n  `)).toBe(true)
    expect(errors).toContain(problem)
    expect(errors).not.toContain('    at ')
    expect(existsSync(DATA_DIR)).toBe(false)
  })
})
