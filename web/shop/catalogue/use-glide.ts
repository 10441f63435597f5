import { type RefObject, useLayoutEffect, useRef } from 'react'

const DURATION_MS = 420

/**
 * Lets the elements of a list glide to their new places when its order changes. Each element needs the attribute `data-item`.
 * @param order changes when the order changes
 */
export function useGlide<List extends HTMLElement>(order: string): RefObject<List | null> {
  const ref = useRef<List>(null)
  const places = useRef(new Map<string, { readonly x: number; readonly y: number }>())
  useLayoutEffect(() => {
    const before = places.current
    const after = new Map<string, { x: number; y: number }>()
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
    for (const element of ref.current?.querySelectorAll<HTMLElement>(':scope > [data-item]') ?? []) {
      const place = { x: element.offsetLeft, y: element.offsetTop }
      const id = element.dataset.item ?? ''
      after.set(id, place)
      if (!isStill && before.size > 0) glide(element, before.get(id), place)
    }
    places.current = after
  }, [order])
  return ref
}

function glide(element: HTMLElement, from: { x: number; y: number } | undefined, to: { x: number; y: number }): void {
  const options = { duration: DURATION_MS, easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)' }
  if (!from) element.animate([{ opacity: 0, transform: 'scale(0.94)' }, {}], options)
  else if (from.x !== to.x || from.y !== to.y)
    element.animate([{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, {}], options)
}
