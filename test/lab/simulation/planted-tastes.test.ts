import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../lab/random.ts'
import { CITIES, drawPerson, OLDEST, type Person, SIZES, YOUNGEST } from '../../../lab/simulation/person.ts'
import { plantTastes, TASTES, type TasteName } from '../../../lab/simulation/planted-tastes.ts'
import { createPlantedShop, createShopWithShoppers } from '../../../lab/simulation/shop-with-shoppers.ts'
import { simulateLog } from '../../../lab/simulation/simulate-log.ts'

const startsAt = Date.UTC(2026, 0, 5)
const size = { seed: 3, items: 120, shoppers: 40, days: 3, startsAt }

function planted(...tastes: TasteName[]) {
  const { shop } = createPlantedShop({ ...size, tastes })
  return plantTastes({ seed: 3, categories: shop.categories, brands: shop.brands, tastes, strength: 1 })
}

/** The mean of something over people, drawn as the simulation draws them. */
function meanOver(count: number, read: (person: Person) => number): number {
  const people = Array.from({ length: count }, (_, index) => drawPerson(new Random('people', index)))
  return people.reduce((sum, person) => sum + read(person), 0) / count
}

const anyone = fc.record({
  age: fc.integer({ min: YOUNGEST, max: OLDEST }),
  city: fc.constantFrom(...CITIES),
  size: fc.constantFrom(...SIZES),
})

describe('a shop with planted tastes', () => {
  it('has the same items and shoppers as the shop without them, apart from sizes, attributes and their effects', () => {
    const plain = createShopWithShoppers(size)
    const { shop, shoppers } = createPlantedShop({ ...size, tastes: TASTES })
    const unsized = ({ size: _, ...attributes }: (typeof shop.items)[number]['attributes']) => attributes
    expect(shop.items.map(({ itemId, attributes }) => ({ itemId, attributes: unsized(attributes) }))).toEqual(plain.shop.items)
    expect(shop.items.filter(({ attributes }) => attributes.size).length).toBeGreaterThan(20)
    expect(shoppers.map(({ person: _, planted: _taste, categories: _c, categorySums: _s, ...rest }) => rest)).toEqual(
      plain.shoppers.map(({ categories: _, categorySums: _s, ...rest }) => rest),
    )
    for (const { person, categories } of shoppers) {
      expect(person).toBeDefined()
      expect(categories.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
    }
  })

  it('is the same for the same seed, and each taste is the same whatever other tastes are planted', () => {
    const all = planted(...TASTES)
    const alone = TASTES.map((name) => planted(name))
    fc.assert(
      fc.property(anyone, (person) => {
        expect(planted(...TASTES).tasteOf(person)).toEqual(all.tasteOf(person))
        const [age, city, , both] = alone.map(({ tasteOf }) => tasteOf(person))
        all.tasteOf(person).categories.forEach((liking, category) => {
          expect(liking).toBeCloseTo(age!.categories[category]! + both!.categories[category]!)
        })
        expect(all.tasteOf(person).brands).toEqual(city!.brands)
      }),
      { numRuns: 50 },
    )
  })

  it('has a taste by age and city together that neither of the two alone reveals', () => {
    const { tasteOf } = planted('age_city')
    const liking = (person: Person) => tasteOf(person).categories[0]!
    const all = Array.from({ length: OLDEST - YOUNGEST + 1 }, (_, index) => YOUNGEST + index)
    for (const city of CITIES) {
      const ofCity = all.map((age) => liking({ age, city, size: 'M' }))
      expect(new Set(ofCity.map(Math.abs))).toEqual(new Set([1]))
      expect(ofCity.reduce((sum, value) => sum + value, 0)).toBe(0)
    }
    for (const age of [YOUNGEST, 40, OLDEST])
      expect(Math.abs(meanOver(20_000, (person) => liking({ ...person, age })))).toBeLessThan(0.03)
  })

  it('makes no size and no brand more popular than others', () => {
    const { tasteOf } = planted('size', 'city')
    for (const itemSize of SIZES) {
      const mean = meanOver(20_000, (person) => {
        const taste = tasteOf(person)
        return taste.size === itemSize ? taste.fitting : taste.misfitting
      })
      expect(Math.abs(mean)).toBeLessThan(0.03)
    }
    const likings = CITIES.map((city) => tasteOf({ age: 30, city, size: 'S' }).brands)
    likings[0]!.forEach((_, brand) => {
      const ofBrand = likings.map((brands) => brands[brand]!)
      expect(ofBrand.some((liking) => Math.abs(liking) > 0.2)).toBe(true)
      expect(Math.abs(ofBrand.reduce((sum, liking) => sum + liking, 0))).toBeLessThan(1)
    })
  })

  it('has shoppers who act on the items that fit their attributes', () => {
    const { shop, shoppers } = createPlantedShop({ ...size, shoppers: 400, tastes: ['size'], tasteStrength: 1.5 })
    const people = new Map(shoppers.map(({ userId, person }) => [userId, person!]))
    const counts = { fits: { shown: 0, clicked: 0 }, other: { shown: 0, clicked: 0 } }
    for (const { userId, itemId = '', eventType } of simulateLog(shop, { seed: 3, shoppers, days: 3, startsAt })) {
      const itemSize = shop.truthOf(itemId)?.size
      if (itemSize === undefined) continue
      const count = counts[itemSize === people.get(userId)!.size ? 'fits' : 'other']
      if (eventType === 'impression') count.shown++
      if (eventType === 'click') count.clicked++
    }
    const rate = ({ shown, clicked }: { shown: number; clicked: number }) => clicked / shown
    expect(counts.fits.shown).toBeGreaterThan(200)
    expect(rate(counts.fits)).toBeGreaterThan(2 * rate(counts.other))
  })
})
