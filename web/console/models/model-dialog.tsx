import { useState } from 'react'
import { ConfirmDialog } from '../confirm-dialog.tsx'
import { TextField } from '../field.tsx'
import { texts } from './texts.ts'
import { type ModelAction, useModelChange } from './use-model-change.ts'

/** What the reader wants to do with a model. */
export interface WantedChange {
  readonly action: ModelAction
  /** Name of the model. */
  readonly name: string
}

export interface ModelDialogProps {
  readonly wanted: WantedChange
  /** What ranks now. */
  readonly ranking: string
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Says what a change of a model will do, and does it. */
export function ModelDialog({ wanted: { action, name }, ranking, onClose, onDone }: ModelDialogProps) {
  const { change, failure, isBusy } = useModelChange()
  const [traffic, setTraffic] = useState('1')
  const said = texts.confirm[action]
  const share = Number(traffic)
  const confirm = async () => {
    if (await change(action, name, share)) onDone()
  }
  return (
    <ConfirmDialog
      title={said.title(name)}
      action={said.action}
      isDangerous={action === 'retire'}
      isBusy={isBusy}
      failure={failure}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{said.what(name, ranking)}</p>
      {action === 'activate' && (
        <TextField
          label={texts.confirm.activate.share}
          type="number"
          min={0}
          max={1}
          step={0.01}
          value={traffic}
          onChange={({ target }) => setTraffic(target.value)}
        />
      )}
    </ConfirmDialog>
  )
}
