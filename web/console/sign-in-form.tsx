import { type FormEvent, useId, useState } from 'react'
import { Button } from '../design/button.tsx'
import { Notice } from '../design/notice.tsx'
import styles from './sign-in.module.css'
import { texts } from './texts.ts'

export interface SignInFormProps {
  /** What is wrong with the last attempt. */
  readonly trouble: { readonly title: string; readonly advice?: string; readonly detail?: string } | undefined
  /** Whether there is another way in, which most readers take. */
  readonly isSecondWay: boolean
  /** @param isKept whether the key or token is to stay until the tab is closed */
  readonly onToken: (token: string, isKept: boolean) => void
}

const { signIn } = texts
/** Characters that a header can carry. Keys and tokens have no others. */
const SENDABLE = /^[\x21-\x7e]+$/

/** Asks for a key or token. It goes to the service in a header, never into an address. */
export function SignInForm({ trouble, isSecondWay, onToken }: SignInFormProps) {
  const id = useId()
  const [mistake, setMistake] = useState<string>()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const token = String(form.get('token')).trim()
    const wrong = token === '' ? signIn.empty : SENDABLE.test(token) ? undefined : signIn.unreadable
    setMistake(wrong)
    if (wrong === undefined) onToken(token, form.has('keep'))
  }
  const said: SignInFormProps['trouble'] = mistake === undefined ? trouble : { title: mistake }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <label htmlFor={id}>{signIn.field}</label>
      <input id={id} name="token" type="password" autoComplete="off" spellCheck={false} aria-invalid={said !== undefined} />
      <label className={styles.keep}>
        <input type="checkbox" name="keep" />
        <span>
          {signIn.keep}
          <span className={styles.note}>{signIn.keepNote}</span>
        </span>
      </label>
      {said && (
        <Notice kind="error" title={said.title}>
          {said.advice}
          {said.detail && <span className={styles.note}>{said.detail}</span>}
        </Notice>
      )}
      <Button kind={isSecondWay ? 'plain' : 'primary'} submits>
        {signIn.action}
      </Button>
    </form>
  )
}
