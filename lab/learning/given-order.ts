import { LiverankError } from '../../src/errors.ts'
import type { LoggedSlate } from '../../src/import/log-lines.ts'
import { givenItems, MAX_CANDIDATES } from '../../src/slate/given-items.ts'
import type { GivenItems } from '../../src/slate/slate.ts'
import type { GradedSlate } from './graded-slates.ts'

/** Stands for all surfaces, and for lists without a surface. */
export const EVERY_SURFACE = '*'

/**
 * Surfaces of a log whose lists another system made, such as a search engine, and gives to the service in the same order
 * (`candidates` with `ordered: true`). On them, the position of a shown item is its `given_rank`.
 */
export class GivenOrder {
  /** Names, or `*` for all; empty if serving gets no list. */
  readonly surfaces: readonly string[]

  constructor(surfaces: readonly string[]) {
    this.surfaces = surfaces
  }

  /** Tells whether serving gets the lists of this surface. */
  has(surface: string | undefined): boolean {
    return this.surfaces.includes(EVERY_SURFACE) || (surface !== undefined && this.surfaces.includes(surface))
  }

  /** @param shown surfaces of the log in this folder @throws LiverankError UNUSABLE_DATA naming a surface without lists */
  expectShown(folder: string, shown: ReadonlySet<string | undefined>): void {
    const missing = this.surfaces.find((surface) => surface !== EVERY_SURFACE && !shown.has(surface))
    if (missing === undefined) return
    const known = [...shown].flatMap((surface) => surface ?? []).sort()
    throw new LiverankError(
      'UNUSABLE_DATA',
      `${folder}: no list was shown on the surface ${missing}, which --given-order names. ${known.length === 0 ? 'The lists of this log have no surface: use --given-order "*".' : `Surfaces with lists: ${known.join(', ')}.`}`,
    )
  }

  /**
   * Returns the list in which a slate was shown, as serving gets it; undefined if serving does not get it.
   * @param whole the slate with the items that stayed invisible, if the log has it
   */
  listOf(slate: GradedSlate, whole: Pick<LoggedSlate, 'items'> | undefined): GivenItems | undefined {
    if (!this.has(slate.surface)) return undefined
    const itemIds = whole ? whole.items.map(({ itemId }) => itemId) : placed(slate)
    return givenItems(
      // A request gives no more. Items further down have no place in serving either.
      itemIds.slice(0, MAX_CANDIDATES).map((itemId) => ({ itemId })),
      true,
    )
  }
}

/** No list is given. */
export const NO_GIVEN_ORDER = new GivenOrder([])

/**
 * Returns the shown items by position. A place whose item stayed invisible has an id that no item has: it counts, as an unknown
 * candidate counts in serving. Items without positions have places in the order in which they became visible.
 */
function placed({ items }: GradedSlate): string[] {
  const places = shownPlaces(items)
  const length = Math.min(MAX_CANDIDATES, Math.max(...places))
  const itemIds = Array.from({ length }, (_, place) => `\0invisible ${place}`)
  items.forEach(({ itemId }, at) => {
    if (places[at] <= length) itemIds[places[at] - 1] = itemId
  })
  return itemIds
}

/**
 * Returns the place of each item in the list in which it was shown, from 1: its position if all items have one, or else its place
 * in the order in which they became visible.
 */
export function shownPlaces(items: GradedSlate['items']): number[] {
  return items.every(({ position }) => position !== undefined)
    ? items.map(({ position }) => position!)
    : items.map((_, at) => at + 1)
}
