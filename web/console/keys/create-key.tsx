import { type FormEvent, useState } from 'react'
import { useMutation } from 'urql'
import { mutationProblem } from '../../api/problem.ts'
import { Button } from '../../design/button.tsx'
import { Dialog, DialogActions } from '../../design/dialog.tsx'
import { CreateKeyDocument, type KeyRole } from '../../generated/console-keys.ts'
import { ConfirmDialog } from '../confirm-dialog.tsx'
import { CopyButton } from '../copy-button.tsx'
import { Choice, FieldRow, TextField } from '../field.tsx'
import styles from './keys.module.css'
import { texts } from './texts.ts'

const { create: said } = texts
const ROLES = Object.keys(texts.roles) as KeyRole[]

interface WantedKey {
  readonly name: string
  readonly role: KeyRole
}

export interface CreateKeyFormProps {
  /** Whether the service has no key yet. */
  readonly isFirst: boolean
  readonly onCreated: () => void
}

/** Fields for a new key. Its secret is shown once. */
export function CreateKeyForm({ isFirst, onCreated }: CreateKeyFormProps) {
  const [wanted, setWanted] = useState<WantedKey>()
  const [made, setMade] = useState<{ readonly name: string; readonly secret: string }>()
  const [{ fetching, error, data: answer }, create] = useMutation(CreateKeyDocument)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const name = String(fields.get('name')).trim()
    if (name !== '') setWanted({ name, role: String(fields.get('role')) as KeyRole })
  }
  const confirm = async (key: WantedKey) => {
    const { data } = await create({ ...key })
    if (!data?.createKey || !('secret' in data.createKey)) return
    setMade({ name: key.name, secret: data.createKey.secret })
    setWanted(undefined)
  }
  return (
    <>
      <form onSubmit={submit}>
        <FieldRow>
          <TextField label={said.name} name="name" maxLength={128} autoComplete="off" />
          <Choice label={said.role} name="role">
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {texts.roles[role]}
              </option>
            ))}
          </Choice>
          <Button submits>{said.action}</Button>
        </FieldRow>
      </form>
      {wanted && (
        <ConfirmDialog
          title={said.title(wanted.name)}
          action={said.confirm}
          isBusy={fetching}
          failure={mutationProblem(error, answer?.createKey)?.message}
          onConfirm={() => void confirm(wanted)}
          onClose={() => setWanted(undefined)}
        >
          <p>{said.what(texts.roles[wanted.role])}</p>
          {isFirst && <p>{said.first}</p>}
        </ConfirmDialog>
      )}
      {made && (
        <MadeKey
          {...made}
          onClose={() => {
            setMade(undefined)
            onCreated()
          }}
        />
      )}
    </>
  )
}

function MadeKey({ name, secret, onClose }: { readonly name: string; readonly secret: string; readonly onClose: () => void }) {
  return (
    // Without Escape: who closes this window by mistake has lost the key.
    <Dialog title={said.made(name)}>
      <p>{said.once}</p>
      <p>
        <code className={styles.secret}>{secret}</code>
      </p>
      <DialogActions>
        <CopyButton text={() => secret}>{said.copy}</CopyButton>
        <Button kind="primary" onClick={onClose}>
          {said.done}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
