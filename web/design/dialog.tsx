import { type ReactNode, useEffect, useId, useRef } from 'react'
import styles from './dialog.module.css'
import { rememberFocus } from './focus-memory.ts'

export interface DialogProps {
  readonly title: string
  /** Called on the key Escape. If absent, only buttons in the window close it. */
  readonly onClose?: () => void
  readonly children: ReactNode
}

/**
 * A window above the page, which is out of reach until the window is closed. It is open as long as it is rendered. Then the focus goes
 * back to where it was.
 */
export function Dialog({ title, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    const giveBack = rememberFocus()
    dialog?.showModal()
    return () => {
      dialog?.close()
      // The browser gives no focus back if the window has left the page, as it has by now.
      giveBack()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose?.()
      }}
      // A browser lets pages prevent only the first of several attempts to close a window.
      onClose={() => {
        if (ref.current?.open !== false) return
        if (onClose) onClose()
        else ref.current.showModal()
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  )
}

/** The buttons of a window, at its end. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>
}
