import { useEffect, useRef, useState } from 'react'
import { useClient } from 'urql'
import { problemOf } from '../../api/problem.ts'
import { NamedItemsDocument } from '../../generated/console-found-item.ts'
import type { NamedItem } from '../item-link.tsx'
import { texts } from './texts.ts'
import type { CatalogueSample } from './use-catalogue-sample.ts'

/** How many items are offered if the text fits several. */
const MOST_OFFERED = 8

/** Why a text does not name one item. */
export interface Trouble {
  readonly title: string
  /** Among which items it was looked for, if not among all. */
  readonly note?: string
  /** Items that the reader may mean. Empty if there are none. */
  readonly items: readonly NamedItem[]
}

/** Finds the item that a reader means: by its id, by its title, or by a part of the title that no other popular item has. */
export function useFoundItem(sample: CatalogueSample) {
  const client = useClient()
  const read = useReadSample(sample)
  const searches = useRef(0)
  const [trouble, setTrouble] = useState<Trouble>()
  /**
   * @returns the id of the item; undefined if there is none, or not one alone: then `trouble` says so. Also undefined if the reader has
   * entered another text meanwhile.
   */
  const find = async (entered: string): Promise<string | undefined> => {
    const search = ++searches.current
    setTrouble(undefined)
    const { data, error } = await client.query(NamedItemsDocument, { itemId: entered, title: entered })
    const isLatest = () => search === searches.current
    if (data?.item) return isLatest() ? data.item.itemId : undefined
    const { items, isWhole } = await read()
    if (!isLatest()) return undefined
    const text = entered.toLowerCase()
    const titled = items.filter(({ title }) => title.toLowerCase() === text)
    const exact = (data?.items?.edges ?? []).map(({ node }) => ({ itemId: node.itemId, title: entered }))
    const alike = [...new Map([...titled, ...exact].map((item) => [item.itemId, item])).values()]
    const containing = items.filter(({ title }) => title.toLowerCase().includes(text))
    const meant = alike.length > 0 ? alike : error ? [] : containing
    if (meant.length === 1) return meant[0]!.itemId
    if (alike.length > 0) setTrouble({ title: texts.alike(entered), items: alike.slice(0, MOST_OFFERED) })
    else if (error) setTrouble({ title: problemOf(error).message, items: [] })
    else if (containing.length > 0)
      setTrouble({
        title: texts.several(entered, Math.max(0, containing.length - MOST_OFFERED)),
        ...(!isWhole && { note: texts.severalOfSample(items.length) }),
        items: containing.slice(0, MOST_OFFERED),
      })
    else setTrouble({ title: isWhole ? texts.unknown(entered) : texts.unknownOfSample(entered, items.length), items: [] })
    return undefined
  }
  return { find, trouble, forget: () => setTrouble(undefined) }
}

/** Returns a function that waits until the service has answered what the sample is. */
function useReadSample(sample: CatalogueSample): () => Promise<CatalogueSample> {
  const waiting = useRef<((sample: CatalogueSample) => void)[]>([])
  useEffect(() => {
    if (sample.isRead) for (const go of waiting.current.splice(0)) go(sample)
  }, [sample])
  return () => (sample.isRead ? Promise.resolve(sample) : new Promise((resolve) => waiting.current.push(resolve)))
}
