import { type ReactNode, useEffect, useRef } from 'react'
import { classes } from '../../design/classes.ts'
import { texts } from '../texts.ts'
import styles from './page-heading.module.css'

/** Whether the shopper has just gone to another page, whose heading is not on screen yet. */
let isArriving = false

/** Tells that the shopper goes to another page of the shop. The browser does not, since the document stays. */
export function arriveAtPage(): void {
  isArriving = true
}

window.addEventListener('popstate', arriveAtPage)

export interface PageHeadingProps {
  /** Name of the page in the title of the window; absent for the home page. */
  readonly page?: string
  /** Whether it is for screen readers alone. */
  readonly isUnseen?: boolean
  readonly children: ReactNode
}

/** The heading of a page. When the shopper arrives at the page, it gets the focus, as the top of a new document would. */
export function PageHeading({ page, isUnseen = false, children }: PageHeadingProps) {
  const ref = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = texts.windowTitle(page)
  }, [page])
  useEffect(() => {
    if (isArriving) ref.current?.focus({ preventScroll: true })
    isArriving = false
  }, [])
  return (
    <h1 ref={ref} tabIndex={-1} className={classes(styles.heading, isUnseen && 'unseen')}>
      {children}
    </h1>
  )
}
