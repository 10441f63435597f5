import { useMemo } from 'react'
import { useQuery } from 'urql'
import { AttributeNamesDocument, PopularItemsDocument } from '../../generated/console-found-item.ts'

/** How many items the fields suggest: those with most interest. Any other item can be entered by its id. */
const SAMPLE = 200
const MOST_VALUES = 60

/** Items, attributes and values that fields suggest. */
export interface CatalogueSample {
  readonly items: readonly { readonly itemId: string; readonly title: string }[]
  /** Whether the service has answered. Nothing is known of the items before. */
  readonly isRead: boolean
  /** Whether these are all items of the catalogue. */
  readonly isWhole: boolean
  readonly attributes: readonly string[]
  /** Values of each attribute, as texts, numbers or flags. */
  readonly values: ReadonlyMap<string, readonly (string | number | boolean)[]>
  /** Returns the title of an item; its id if the title is not known. */
  readonly nameOf: (itemId: string) => string
}

/** Reads the items with most interest. */
export function useCatalogueSample(): CatalogueSample {
  const [{ data: declared, error: undeclared }] = useQuery({ query: AttributeNamesDocument })
  const names = useMemo(() => ['title', ...(declared?.itemAttributes ?? []).map(({ name }) => name)], [declared])
  const variables = useMemo(() => ({ first: SAMPLE, names }), [names])
  const [{ data, error }] = useQuery({ query: PopularItemsDocument, variables, pause: declared === undefined })
  const isRead = data !== undefined || error !== undefined || undeclared !== undefined
  return useMemo(() => {
    const nodes = (data?.items?.edges ?? []).map(({ node }) => node)
    const titles = new Map(nodes.map(({ itemId, attributes }) => [itemId, String(attributes.title ?? itemId)]))
    return {
      items: nodes.map(({ itemId }) => ({ itemId, title: titles.get(itemId) ?? itemId })),
      isRead,
      isWhole: data?.items?.pageInfo.hasNextPage === false,
      attributes: names.filter((name) => name !== 'title'),
      values: valuesOf(nodes.map(({ attributes }) => attributes)),
      nameOf: (itemId) => titles.get(itemId) ?? itemId,
    }
  }, [data, names, isRead])
}

function valuesOf(items: readonly Readonly<Record<string, unknown>>[]): CatalogueSample['values'] {
  const values = new Map<string, Set<string | number | boolean>>()
  for (const attributes of items)
    for (const [name, value] of Object.entries(attributes))
      for (const one of Array.isArray(value) ? value : [value]) {
        if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean') continue
        const known = values.get(name) ?? new Set()
        if (known.size < MOST_VALUES) values.set(name, known.add(one))
      }
  return new Map([...values].map(([name, known]) => [name, [...known].sort()]))
}
