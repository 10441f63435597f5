import type { ReactNode } from 'react'
import { Button } from '../design/button.tsx'
import { Dialog, DialogActions } from '../design/dialog.tsx'
import { Notice } from '../design/notice.tsx'
import { texts } from './texts.ts'

export interface ConfirmDialogProps {
  readonly title: string
  /** What will happen. */
  readonly children: ReactNode
  /** What the button says that does it. */
  readonly action: string
  readonly isDangerous?: boolean
  readonly isBusy: boolean
  /** Why the last attempt failed. */
  readonly failure: string | undefined
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Says what an action will do, and asks whether to do it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, action, isDangerous = false, isBusy, failure, onConfirm, onClose } = props
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {failure && (
        <Notice kind="error" title={texts.notDone}>
          {failure}
        </Notice>
      )}
      <DialogActions>
        <Button onClick={onClose}>{texts.cancel}</Button>
        <Button kind={isDangerous ? 'danger' : 'primary'} disabled={isBusy} onClick={onConfirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
