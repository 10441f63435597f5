import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type ColdStartGains,
  type ColdStartOptions,
  coldStart,
  type MeasuredService,
  measuredService,
  shareOfWay,
} from '../../../lab/simulation/cold-start.ts'
import { HttpTransport } from '../../../lab/simulation/http-transport.ts'
import { openOwnService } from '../../../lab/simulation/own-service.ts'
import type { TasteName } from '../../../lab/simulation/planted-tastes.ts'
import { createPlantedShop } from '../../../lab/simulation/shop-with-shoppers.ts'
import { NO_LIMITS } from '../../../src/accumulators/counting-limits.ts'
import type { DomainDefinition } from '../../../src/domain/definition.ts'
import type { Domain } from '../../../src/domain/domain.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { loadDomain } from '../../../src/domain/load-domain.ts'
import { shopWith } from '../../support/cohort-shop.ts'
import { bothStores } from '../../support/each-store.ts'
import { serve } from '../../support/server.ts'
import { type Open, type OpenedService, openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'

const startsAt = Date.UTC(2026, 0, 5)
const SEED = 3
const TIMEOUT_MS = 180_000
const PEOPLE: DomainDefinition = { userAttributes: { age: { type: 'number', bands: [48] }, city: 'key' } }

const ALONE = shopWith({ ...PEOPLE, cohorts: { age: ['user.age'], city: ['user.city'] } })
const CROSSED = shopWith({
  ...PEOPLE,
  cohorts: { age: ['user.age'], city: ['user.city'], age_city: ['user.age', 'user.city'] },
})
const BY_HOUR = shopWith({ userAttributes: { shift: 'key' }, cohorts: { shift: ['user.shift'] } })

/** What is special about a measurement. */
interface Case extends Pick<ColdStartOptions, 'attributesOf' | 'isShuffled'> {
  readonly domain: Domain
  readonly tastes: readonly TasteName[]
  readonly events: number
  /** How the service is reached, which then shows shoppers its own slates; in this process if absent, where they see those of another one. */
  readonly reached?: (service: OpenedService, measured: MeasuredService) => Promise<MeasuredService>
}

async function gainsIn(open: Open, { domain, tastes, events, reached, ...others }: Case): Promise<ColdStartGains> {
  const clock = new SettableClock(startsAt)
  const opened = await open({ domain: { ...domain, limits: NO_LIMITS }, clock, dataDir: null })
  const measured = measuredService({ ...opened, clock: { arrive: (at) => clock.set(at) } })
  const shop = createPlantedShop({ seed: SEED, items: 80, shoppers: 300, days: 6, startsAt, tastes, tasteStrength: 2 })
  const common = { ...shop, seed: SEED, after: [events], people: 60, standIns: 60, ...others }
  if (reached) return (await coldStart({ ...common, service: await reached(opened, measured) }))[0]!
  const plain = await openOwnService({ domain: eCommerce, model: '', seed: SEED, startsAt })
  onTestFinished(() => plain.close())
  return (await coldStart({ ...common, service: measured, used: measuredService(plain) }))[0]!
}

/** The share of the way from the most popular items to the best pages that attributes alone bring. */
function byAttributes(gains: ColdStartGains): number {
  return shareOfWay(gains, gains.served, gains.unknown)
}

/** Reaches a service by its public API over HTTP alone, but for its clock and what it counts as popular. */
async function overHttp(service: OpenedService, measured: MeasuredService): Promise<MeasuredService> {
  const { url } = await serve(service)
  const query = `query HomePage($userId: ID!, $first: Int!) {
    recommendations(input: { userId: $userId, first: $first, surface: "home", preview: true }) { items { item { itemId } } }
  }`
  const homePage = async (userId: string, first: number) => {
    const body = JSON.stringify({ query, variables: { userId, first } })
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { data, errors } = await response.json()
    if (errors) throw new Error(errors[0].message)
    return (data.recommendations.items as { item: { itemId: string } }[]).map(({ item }) => item.itemId)
  }
  return { ...measured, transport: new HttpTransport({ url }), homePage }
}

describe('people without an event, whose attributes are known', () => {
  bothStores((open) => {
    it('get what people like them like, by the public API', { timeout: TIMEOUT_MS }, async () => {
      const domain = await loadDomain('examples/simulated-people.yaml')
      const gains = await gainsIn(open, { domain, tastes: ['age', 'city', 'size'], events: 2000, reached: overHttp })
      expect(byAttributes(gains)).toBeGreaterThan(0.1)
    })
  })

  // What is counted does not depend on the store, as the tests of cohorts show. So one store is enough for what it brings.
  const embedded: Open = (options) => openOn(undefined, options)

  it('gain nothing by attributes that were shuffled over users', { timeout: TIMEOUT_MS }, async () => {
    const domain = await loadDomain('examples/simulated-people.yaml')
    const gains = await gainsIn(embedded, { domain, tastes: ['age', 'city', 'size'], events: 5000, isShuffled: true })
    expect(Math.abs(byAttributes(gains))).toBeLessThan(0.02)
  })

  it('gain by a taste for an age in a city only if the domain crosses the two', { timeout: TIMEOUT_MS }, async () => {
    const alone = await gainsIn(embedded, { domain: ALONE, tastes: ['age_city'], events: 3000 })
    const crossed = await gainsIn(embedded, { domain: CROSSED, tastes: ['age_city'], events: 3000 })
    expect(Math.abs(byAttributes(alone))).toBeLessThan(0.05)
    expect(byAttributes(crossed)).toBeGreaterThan(0.15)
  })

  it('gain nothing by an attribute that follows the hour of their visits', { timeout: TIMEOUT_MS }, async () => {
    const attributesOf: Case['attributesOf'] = ({ peakHour }) => ({ shift: peakHour >= 17 && peakHour < 20 ? 'early' : 'late' })
    const gains = await gainsIn(embedded, { domain: BY_HOUR, tastes: ['age', 'city'], events: 3000, attributesOf })
    expect(Math.abs(byAttributes(gains))).toBeLessThan(0.02)
  })
})
