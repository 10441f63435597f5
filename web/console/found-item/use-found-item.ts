import { useState } from 'react'
import { useClient } from 'urql'
import { problemOf } from '../../api/problem.ts'
import { NamedItemsDocument } from '../../generated/console-found-item.ts'
import { texts } from './texts.ts'
import type { CatalogueSample } from './use-catalogue-sample.ts'

/** How many titles or ids are named if the text fits several items. */
const MOST_NAMED = 3

/** Finds the item that a reader means: by its id, by its title, or by a part of the title that no other popular item has. */
export function useFoundItem({ items }: CatalogueSample) {
  const client = useClient()
  const [trouble, setTrouble] = useState<string>()
  /** @returns the id of the item; undefined if there is none, or not one alone: then `trouble` says so */
  const find = async (entered: string): Promise<string | undefined> => {
    setTrouble(undefined)
    const { data, error } = await client.query(NamedItemsDocument, { itemId: entered, title: entered })
    if (data?.item) return data.item.itemId
    const text = entered.toLowerCase()
    const titled = items.filter(({ title }) => title.toLowerCase() === text).map(({ itemId }) => itemId)
    const ids = [...new Set([...titled, ...(data?.items?.edges ?? []).map(({ node }) => node.itemId)])]
    if (ids.length === 1) return ids[0]
    const alike = items.filter(({ title }) => title.toLowerCase().includes(text))
    if (!error && ids.length === 0 && alike.length === 1) return alike[0]!.itemId
    if (error) setTrouble(problemOf(error).message)
    else if (ids.length > 0) setTrouble(texts.alike(entered, ids.slice(0, MOST_NAMED).join(', ')))
    else if (alike.length > 0) {
      const titles = [...new Set(alike.map(({ title }) => title))].slice(0, MOST_NAMED)
      setTrouble(texts.several(entered, titles.join(', ')))
    } else setTrouble(texts.unknown(entered))
    return undefined
  }
  return { find, trouble }
}
