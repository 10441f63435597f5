import { Button } from '../design/button.tsx'
import { Note } from './panel.tsx'
import { texts } from './texts.ts'

/** Which page of a list is shown. */
export interface PagePlace {
  /** Cursor of the entry before the page; undefined for the first page. */
  readonly after: string | undefined
  /** Number of the page, from 1. */
  readonly page: number
}

export interface PagerProps {
  readonly place: PagePlace
  readonly info: { readonly hasNextPage: boolean; readonly endCursor?: string | null | undefined }
  readonly onPlace: (place: PagePlace) => void
}

/** Buttons that lead to the next page of a list, and back to the first. */
export function Pager({ place: { page }, info: { hasNextPage, endCursor }, onPlace }: PagerProps) {
  if (page === 1 && !hasNextPage) return null
  return (
    <span>
      <Note>{texts.table.page(page)}</Note>
      {page > 1 && (
        <Button kind="quiet" size="small" onClick={() => onPlace({ after: undefined, page: 1 })}>
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
