import { useMutation } from 'urql'
import { mutationProblem } from '../../api/problem.ts'
import { RevokeKeyDocument } from '../../generated/console-keys.ts'
import { ConfirmDialog } from '../confirm-dialog.tsx'
import type { ListedKey } from './listed-key.ts'
import { texts } from './texts.ts'

const { revoke: said } = texts

export interface RevokeDialogProps {
  readonly of: ListedKey
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Asks whether to revoke a key, and does it. */
export function RevokeDialog({ of: { keyId, name }, onClose, onDone }: RevokeDialogProps) {
  const [{ fetching, error, data }, revoke] = useMutation(RevokeKeyDocument)
  const confirm = async () => {
    const answer = await revoke({ keyId })
    if (answer.data?.revokeKey && 'key' in answer.data.revokeKey) onDone()
  }
  return (
    <ConfirmDialog
      title={said.title(name)}
      action={said.confirm}
      isDangerous
      isBusy={fetching}
      failure={mutationProblem(error, data?.revokeKey)?.message}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{said.what}</p>
    </ConfirmDialog>
  )
}
