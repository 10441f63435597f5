import { flushSync } from 'react-dom'

/** What the keyboard can work on. */
const CONTROLS = 'a[href], button, input, summary'

/**
 * Remembers which element has the focus. Returns a function that gives the focus back. If the element has left the page since then, the
 * one that now stands at its place in the list gets the focus, or else the heading of the page.
 */
export function rememberFocus(): () => void {
  const control = document.activeElement
  if (!(control instanceof HTMLElement) || control === document.body) return () => {}
  const list = control.closest('ul, ol')
  const place = controlsOf(list).indexOf(control)
  return () => {
    const left = list?.isConnected ? controlsOf(list) : []
    const successor = left[place] ?? left.at(-1) ?? document.querySelector<HTMLElement>('main h1')
    if (control.isConnected) control.focus()
    else successor?.focus({ preventScroll: true })
  }
}

/** Makes a change that may take the control with the focus off the page, and then gives the focus back, or to its successor. */
export function keepingFocus(change: () => void): void {
  const giveBack = rememberFocus()
  flushSync(change)
  giveBack()
}

function controlsOf(list: Element | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>(CONTROLS) ?? [])]
}
