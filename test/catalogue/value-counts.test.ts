import { describe, expect, it } from 'vitest'
import { Catalogue } from '../../src/catalogue/catalogue.ts'

describe('the values of an attribute', () => {
  const catalogue = () => {
    const catalogue = new Catalogue({ brand: 'key', price: 'number' })
    let updatedAt = 0
    const set = (itemId: string, brand: string | string[] | null, deleted = false) =>
      catalogue.set(itemId, { attributes: { brand, price: 3 }, available: true, updatedAt: ++updatedAt, addedAt: 1, deleted })
    return { catalogue, set }
  }

  it('are those of the present items, and follow their changes', () => {
    const { catalogue: shop, set } = catalogue()
    const brands = () => shop.valuesOf('brand', 10).sort()
    expect(brands()).toEqual([])
    set('i1', 'acme')
    set('i2', ['bolt', 'acme', 'bolt'])
    set('i3', null)
    expect(brands()).toEqual(['acme', 'bolt'])
    set('i2', 'crate')
    expect(brands()).toEqual(['acme', 'crate'])
    set('i1', 'acme', true)
    expect(brands()).toEqual(['crate'])
    set('i1', 'acme', true)
    set('i1', 'acme')
    expect(brands()).toEqual(['acme', 'crate'])
    expect(shop.valuesOf('price', 10)).toEqual([])
  })

  it('are only the most frequent ones if there are too many', () => {
    const { catalogue: shop, set } = catalogue()
    const brands = ['acme', 'bolt', 'bolt', 'crate', 'crate', 'crate', 'dell']
    for (const [i, brand] of brands.entries()) set(`i${i}`, brand)
    expect(shop.valuesOf('brand', 2)).toEqual(['crate', 'bolt'])
    expect(shop.valuesOf('brand', 3)).toEqual(['crate', 'bolt', 'acme'])
  })

  it('are common if 99 of 100 items with the attribute have them, as the items change', () => {
    const { catalogue: shop, set } = catalogue()
    const common = () => [...shop.commonValues('brand')]
    expect(common()).toEqual([])
    for (let n = 0; n < 99; n++) set(`i${n}`, ['all', `b${n % 2}`])
    expect(common()).toEqual(['all'])
    set('i99', 'b0')
    expect(common()).toEqual(['all'])
    set('i100', 'b0')
    expect(common()).toEqual([])
    set('i100', 'b0', true)
    expect(common()).toEqual(['all'])
    expect(shop.commonValues('price').size).toBe(0)
  })
})
