import { type ReactNode, useMemo, useState } from 'react'
import { Button } from '../design/button.tsx'
import { Note } from './panel.tsx'
import { texts } from './texts.ts'

/** Which page of a list is shown. */
interface PagePlace {
  /** Cursor of the entry before the page; undefined for the first page. */
  readonly after: string | undefined
  /** Number of the page, from 1. */
  readonly page: number
}

const FIRST_PAGE: PagePlace = { after: undefined, page: 1 }

interface PageInfo {
  readonly hasNextPage: boolean
  readonly endCursor?: string | null | undefined
}

interface PagerProps {
  readonly place: PagePlace
  readonly info: PageInfo
  readonly onPlace: (place: PagePlace) => void
}

/** Buttons that lead to the next page of a list, and back to the first. */
function Pager({ place: { page }, info: { hasNextPage, endCursor }, onPlace }: PagerProps) {
  if (page === 1 && !hasNextPage) return null
  return (
    <span>
      <Note>{texts.table.page(page)}</Note>
      {page > 1 && (
        <Button kind="quiet" size="small" onClick={() => onPlace(FIRST_PAGE)}>
          {texts.table.first}
        </Button>
      )}
      {hasNextPage && (
        <Button kind="quiet" size="small" onClick={() => onPlace({ after: endCursor ?? undefined, page: page + 1 })}>
          {texts.table.next}
        </Button>
      )}
    </span>
  )
}

/** The page of a list that the reader has come to. */
export interface ShownPage {
  /** Variables of the query for this page. The same object while the page stays. */
  readonly range: { readonly first: number; readonly after?: string }
  /** Returns the buttons that lead to other pages. */
  readonly pagerOf: (info: PageInfo) => ReactNode
}

/** Begins with the first page of a list. @param first number of entries of a page */
export function usePage(first: number): ShownPage {
  const [place, setPlace] = useState(FIRST_PAGE)
  const range = useMemo(() => ({ first, ...(place.after && { after: place.after }) }), [first, place])
  return { range, pagerOf: (info) => <Pager place={place} info={info} onPlace={setPlace} /> }
}
