import { Logo } from '../design/logo.tsx'
import styles from './sign-in.module.css'
import { SignInForm, type SignInFormProps } from './sign-in-form.tsx'
import { texts } from './texts.ts'

const { signIn } = texts

/** The page of the console for readers whom the service does not know. */
export function SignInPage(props: SignInFormProps) {
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Logo />
        <h1>{signIn.title}</h1>
        <p>{signIn.lead}</p>
        <SignInForm {...props} />
        <p className={styles.how}>
          {signIn.how} <code>{signIn.command}</code>
        </p>
      </div>
    </main>
  )
}
