import { useState } from 'react'
import { useClient } from 'urql'
import { problemOf } from '../../api/problem.ts'
import { ItemOfIdDocument } from '../../generated/console-rules.ts'
import { texts } from './texts.ts'
import type { CatalogueSample } from './use-catalogue-sample.ts'

/** How many titles are named if the text fits several items. */
const MOST_NAMED = 3

/** Finds the item that a reader means: by its id, by its title, or by a part of the title that no other popular item has. */
export function useFoundItem({ items }: CatalogueSample) {
  const client = useClient()
  const [trouble, setTrouble] = useState<string>()
  /** @returns the id of the item; undefined if there is none, or not one alone: then `trouble` says so */
  const find = async (entered: string): Promise<string | undefined> => {
    setTrouble(undefined)
    const text = entered.toLowerCase()
    const named = items.find(({ itemId, title }) => itemId === entered || title.toLowerCase() === text)
    if (named) return named.itemId
    const { data, error } = await client.query(ItemOfIdDocument, { itemId: entered })
    if (data?.item) return data.item.itemId
    const alike = items.filter(({ title }) => title.toLowerCase().includes(text))
    if (!error && alike.length === 1) return alike[0]!.itemId
    const titles = alike.slice(0, MOST_NAMED).map(({ title }) => title)
    if (error) setTrouble(problemOf(error).message)
    else setTrouble(alike.length > 0 ? texts.severalItems(entered, titles.join(', ')) : texts.unknownItem(entered))
    return undefined
  }
  return { find, trouble }
}
