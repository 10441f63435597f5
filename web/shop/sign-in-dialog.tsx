import { type FormEvent, useEffect, useId, useState } from 'react'
import { useMutation } from 'urql'
import { isUnreachable, mutationProblem, type Problem } from '../api/problem.ts'
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
  const { shopper } = useShop()
  const { userId, isGuest } = useStore(shopper)
  const { signIn, problem, isWaiting } = useSignIn(onClose)
  const leave = () => {
    shopper.set(newGuest())
    onClose()
  }
  return (
    <Dialog title={texts.account.title} onClose={onClose}>
      <p className={styles.text}>{isGuest ? texts.account.asGuest : texts.account.signedIn(userId)}</p>
      <div className={styles.accounts}>
        {ACCOUNTS.filter((account) => account !== userId).map((account) => (
          <Button key={account} onClick={() => signIn(account)}>
            {account}
          </Button>
        ))}
      </div>
      <NameForm onName={signIn} />
      {isWaiting && <Notice kind="warning" title={texts.account.waits} />}
      {problem && !isWaiting && (
        <Notice kind="error" title={texts.account.failed}>
          {problem.message}
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

interface SignIn {
  readonly signIn: (into: string) => void
  /** Why the latest attempt failed. */
  readonly problem: Problem | undefined
  /** Whether the service does not answer, and the shopper is signed in once it does. */
  readonly isWaiting: boolean
}

/** @param onDone called when the shopper is signed in */
function useSignIn(onDone: () => void): SignIn {
  const { shopper, carts, connection } = useShop()
  const { userId, isGuest } = useStore(shopper)
  const isOut = useStore(connection.isOut)
  const [{ fetching, error, data }, merge] = useMutation(ShopMergeDocument)
  const [waiting, setWaiting] = useState<string>()

  async function attempt(into: string) {
    setWaiting(undefined)
    if (isGuest) {
      const { error: failure, data: answer } = await merge({ from: userId, into })
      if (isUnreachable(failure)) setWaiting(into)
      if (mutationProblem(failure, answer?.mergeUsers)) return
      carts.merge(userId, into)
    }
    shopper.set({ userId: into, isGuest: false })
    onDone()
  }

  useEffect(() => {
    if (waiting !== undefined && !isOut) void attempt(waiting)
  }, [waiting, isOut])
  return {
    signIn: (into) => void (fetching || attempt(into)),
    problem: mutationProblem(error, data?.mergeUsers),
    isWaiting: waiting !== undefined,
  }
}

function NameForm({ onName }: { readonly onName: (name: string) => void }) {
  const [name, setName] = useState('')
  const [isMissing, setMissing] = useState(false)
  const messageId = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const entered = name.trim()
    setMissing(entered === '')
    if (entered !== '') onName(entered)
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <label className={styles.label}>
        {texts.account.other}
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={LONGEST_ID}
          dir="auto"
          aria-invalid={isMissing}
          aria-describedby={messageId}
        />
      </label>
      <Button kind="primary" submits>
        {texts.account.signIn}
      </Button>
      <p id={messageId} role="alert" className={styles.missing}>
        {isMissing && texts.account.missing}
      </p>
    </form>
  )
}
