import { type RefObject, useLayoutEffect, useRef } from 'react'

const DURATION_MS = 420

interface Place {
  readonly x: number
  readonly y: number
}

/** Where the elements of a list are, by item. */
type Places = ReadonlyMap<string, Place>

/**
 * Lets the elements of a list glide to their new places when its order changes. Each element needs the attribute `data-item`.
 * @param order changes when the order changes
 */
export function useGlide<List extends HTMLElement>(order: string): RefObject<List | null> {
  const ref = useRef<List>(null)
  const places = useRef<Places>(new Map())
  useLayoutEffect(() => {
    // Just before the browser lays out the page and paints it, so that all lists together need one layout.
    const frame = requestAnimationFrame(() => {
      const elements = ref.current?.querySelectorAll<HTMLElement>(':scope > [data-item]') ?? []
      places.current = glideAll([...elements], places.current)
    })
    return () => cancelAnimationFrame(frame)
  }, [order])
  return ref
}

/** Reads all places before anything glides: each change between two reads would cost a layout. @returns the places, by item */
function glideAll(elements: readonly HTMLElement[], before: Places): Places {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
  const after = new Map(elements.map((element) => [idOf(element), { x: element.offsetLeft, y: element.offsetTop }]))
  if (isStill || before.size === 0) return after
  for (const element of elements) glide(element, before.get(idOf(element)), after.get(idOf(element))!)
  return after
}

function idOf(element: HTMLElement): string {
  return element.dataset.item ?? ''
}

function glide(element: HTMLElement, from: Place | undefined, to: Place): void {
  const options = { duration: DURATION_MS, easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)' }
  if (!from) element.animate([{ opacity: 0, transform: 'scale(0.94)' }, {}], options)
  else if (from.x !== to.x || from.y !== to.y)
    element.animate([{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, {}], options)
}
