import { type FormEvent, useState } from 'react'
import { useMutation } from 'urql'
import { problemOf } from '../api/problem.ts'
import { Button } from '../design/button.tsx'
import { Dialog, DialogActions } from '../design/dialog.tsx'
import { Notice } from '../design/notice.tsx'
import { ShopMergeDocument } from '../generated/shop.ts'
import styles from './sign-in-dialog.module.css'
import { useShop } from './state/shop-parts.ts'
import { newGuest } from './state/shopper.ts'
import { useStore } from './state/store.ts'
import { texts } from './texts.ts'

/** Accounts that one tap signs in to. */
const ACCOUNTS = ['ana', 'ben', 'chloe']
/** The service takes no longer ids. */
const LONGEST_ID = 128

/** Signs in to an account. What the visitor did before then counts for the account. */
export function SignInDialog({ onClose }: { readonly onClose: () => void }) {
  const { shopper, carts } = useShop()
  const { userId, isGuest } = useStore(shopper)
  const [name, setName] = useState('')
  const [{ fetching, error }, merge] = useMutation(ShopMergeDocument)

  async function signIn(into: string) {
    if (isGuest) {
      const { error: failure } = await merge({ from: userId, into })
      if (failure) return
      carts.merge(userId, into)
    }
    shopper.set({ userId: into, isGuest: false })
    onClose()
  }

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() !== '') void signIn(name.trim())
  }
  const leave = () => {
    shopper.set(newGuest())
    onClose()
  }
  return (
    <Dialog title={texts.account.title} onClose={onClose}>
      <p className={styles.text}>{isGuest ? texts.account.asGuest : texts.account.signedIn(userId)}</p>
      <div className={styles.accounts}>
        {ACCOUNTS.filter((account) => account !== userId).map((account) => (
          <Button key={account} disabled={fetching} onClick={() => void signIn(account)}>
            {account}
          </Button>
        ))}
      </div>
      <form className={styles.form} onSubmit={submit}>
        <label className={styles.label}>
          {texts.account.other}
          <input value={name} onChange={(event) => setName(event.target.value)} maxLength={LONGEST_ID} dir="auto" required />
        </label>
        <Button kind="primary" submits disabled={fetching}>
          {texts.account.signIn}
        </Button>
      </form>
      {error && (
        <Notice kind="error" title={texts.account.failed}>
          {problemOf(error).message}
        </Notice>
      )}
      <DialogActions>
        {!isGuest && (
          <Button kind="quiet" onClick={leave}>
            {texts.account.signOut}
          </Button>
        )}
        <Button onClick={onClose}>{texts.close}</Button>
      </DialogActions>
    </Dialog>
  )
}
