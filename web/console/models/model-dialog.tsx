import { useState } from 'react'
import { ConfirmDialog } from '../confirm-dialog.tsx'
import { TextField } from '../field.tsx'
import { type OtherModels, texts } from './texts.ts'
import { type ModelAction, useModelChange } from './use-model-change.ts'

/** What the reader wants to do with a model. */
export interface WantedChange {
  /** `share`: activates a model that is active with another share. */
  readonly action: ModelAction | 'share'
  /** Name of the model. */
  readonly name: string
  /** Share of the users for whom the model ranks now, 0 to 1. */
  readonly traffic: number
}

export interface ModelDialogProps {
  readonly wanted: WantedChange
  readonly others: OtherModels
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Says what a change of a model will do, and does it. */
export function ModelDialog({ wanted: { action, name, traffic }, others, onClose, onDone }: ModelDialogProps) {
  const { change, failure, isBusy } = useModelChange()
  const [entered, setEntered] = useState(action === 'share' ? String(traffic) : '1')
  const said = texts.confirm[action]
  const share = Number(entered)
  const hasShare = action === 'activate' || action === 'share'
  const isPossible = !hasShare || (entered !== '' && share >= 0 && share <= 1 && share !== traffic)
  const confirm = async () => {
    if (await change(action === 'share' ? 'activate' : action, name, share)) onDone()
  }
  return (
    <ConfirmDialog
      title={said.title(name)}
      action={said.action}
      isDangerous={action === 'retire'}
      isBusy={isBusy || !isPossible}
      failure={failure}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{said.what(name, others)}</p>
      {hasShare && (
        <TextField
          label={texts.share}
          type="number"
          min={0}
          max={1}
          step={0.01}
          value={entered}
          onChange={({ target }) => setEntered(target.value)}
        />
      )}
    </ConfirmDialog>
  )
}
