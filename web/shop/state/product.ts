/** An item as the shop shows it. */
export interface Product {
  readonly itemId: string
  /** The title, or else the id. */
  readonly title: string
  readonly category: string
  readonly brand: string
  readonly price: number | undefined
}

/** Attributes of items that the shop shows. */
export const SHOWN_ATTRIBUTES = ['title', 'category', 'brand', 'price']

/** Reads an item of the API. Attributes may have values of any kind, or be absent. */
export function productOf(item: { readonly itemId: string; readonly attributes: { readonly [name: string]: unknown } }): Product {
  const { title, category, brand, price } = item.attributes
  return {
    itemId: item.itemId,
    title: textOf(title) || item.itemId,
    category: textOf(category),
    brand: textOf(brand),
    price: typeof price === 'number' ? price : undefined,
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.filter((one) => typeof one === 'string').join(', ') : ''
}
