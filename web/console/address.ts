import { navigate, useSearch } from 'wouter/use-browser-location'

/** The path under which the server shows the console. */
export const BASE = '/console'

/** The address of a user or an item within the console. The id is in the query, since a path cannot hold ids such as `..`. */
export function addressOf(section: 'users' | 'items', id: string): string {
  return `/${section}?id=${encodeURIComponent(id)}`
}

/** The address of a feature within the console. */
export function addressOfFeature(name: string): string {
  return `/features?name=${encodeURIComponent(name)}`
}

/**
 * Returns a value in the query of the address, and a function that sets it, or removes it with null. The former address stays in the history
 * of the browser. Reads the address itself: the router decodes it a second time, so that `%26` in an id becomes the end of a value.
 */
export function useParameter(name: string): readonly [string | null, (value: string | null) => void] {
  const search = useSearch()
  const set = (value: string | null) => {
    const next = new URLSearchParams(location.search)
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
    navigate(`${location.pathname}${next.size > 0 ? `?${next}` : ''}`)
  }
  return [new URLSearchParams(search).get(name), set]
}
