import { type ReactNode, useEffect, useId, useRef } from 'react'
import styles from './dialog.module.css'

export interface DialogProps {
  readonly title: string
  /** What closes it: the key Escape, or a button in it. */
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A window above the page, which is out of reach until the window is closed. It is open as long as it is rendered. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
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
