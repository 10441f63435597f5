import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { keyOf } from '../impression-collector.ts'
import type { LiverankClient, SteadyOptions } from '../liverank-client.ts'
import type { SlateRequest } from '../slate.ts'
import { NOTHING, type SteadyItem, type SteadySlate, type SteadyView } from '../steady-slate.ts'
import { useLiverank } from './liverank-provider.ts'

/** Props for the element that contains the list: they tell the hook when the user touches it. */
export interface HoldProps {
  readonly onPointerEnter: () => void
  readonly onPointerLeave: () => void
  readonly onFocus: (event: { readonly target: EventTarget }) => void
  readonly onBlur: () => void
}

/** What a component shows, and how it tells what the user does. */
export interface Recommendations extends SteadyView {
  /** Shows the slate that waits. */
  readonly accept: () => void
  /** For a list in a browser: `<ul {...holdProps}>`. Elsewhere, call `hold` and `release`. */
  readonly holdProps: HoldProps
  /** The user begins to touch the list: its items do not move. */
  readonly hold: () => void
  readonly release: () => void
  /** For the element of an item, in a browser: `<li ref={seenRef(item)}>`. Reports the item once the user has seen it. */
  readonly seenRef: (item: SteadyItem) => (element: Element | null) => void
}

/**
 * Returns recommendations that stay current. A new slate is shown only when the user does not touch the list (or calls `accept`), so no
 * item moves under a finger.
 *
 * @param request which slates; it may be a new object in each render
 * @param options they are read when the request changes
 */
export function useRecommendations(request: SlateRequest, options: SteadyOptions = {}): Recommendations {
  const client = useLiverank()
  const key = JSON.stringify([request, options])
  const [steady, setSteady] = useState<SteadySlate>()
  useEffect(() => {
    const [asked, behaviour] = JSON.parse(key) as [SlateRequest, SteadyOptions]
    const opened = client.openSteadySlate(asked, behaviour)
    setSteady(opened)
    return () => {
      opened.close()
      setSteady(undefined)
    }
  }, [client, key])
  const view = useSyncExternalStore(
    useMemo(() => (listener: () => void) => steady?.listen(listener) ?? (() => {}), [steady]),
    () => steady?.view ?? NOTHING,
    () => NOTHING,
  )
  const { surface } = request
  const seenRef = useMemo(() => makeSeenRef(client, surface ?? undefined), [client, surface])
  const actions = useMemo(() => actionsOf(steady), [steady])
  return { ...view, ...actions, seenRef }
}

function actionsOf(steady: SteadySlate | undefined): Pick<Recommendations, 'accept' | 'hold' | 'release' | 'holdProps'> {
  const hold = (by: string) => () => steady?.hold(by)
  const release = (by: string) => () => steady?.release(by)
  return {
    accept: () => steady?.accept(),
    hold: hold('app'),
    release: release('app'),
    holdProps: {
      onPointerEnter: hold('pointer'),
      onPointerLeave: release('pointer'),
      // A click gives the focus to a button for good. Only a user of the keyboard works where the focus is.
      onFocus: ({ target }) => {
        if ((target as Element).matches(':focus-visible')) steady?.hold('focus')
      },
      onBlur: release('focus'),
    },
  }
}

/** The same function is returned for the same item, since React calls a new one in each render: it would begin to watch anew. */
function makeSeenRef(client: LiverankClient, surface: string | undefined): Recommendations['seenRef'] {
  const refs = new Map<string, (element: Element | null) => void>()
  return ({ recommendationId, position }) => {
    const key = keyOf({ recommendationId, position })
    let ref = refs.get(key)
    if (!ref) {
      let stop = () => {}
      ref = (element) => {
        stop()
        stop = element ? client.impressions.observe(element, { recommendationId, position, surface }) : () => {}
        if (!element) refs.delete(key)
      }
      refs.set(key, ref)
    }
    return ref
  }
}
