import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { followTheme } from './theme.ts'
import './tokens.css'

/** Shows a page in the element `root` of its HTML file. */
export function showPage(page: ReactNode): void {
  followTheme()
  createRoot(document.getElementById('root')!).render(<StrictMode>{page}</StrictMode>)
}

/** Names of the pages that this service shows, such as `shop`. The server writes them into the HTML file. */
export function shownPages(): readonly string[] {
  return (document.documentElement.dataset.pages ?? '').split(' ').filter(Boolean)
}
