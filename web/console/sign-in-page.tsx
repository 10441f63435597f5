import { Logo } from '../design/logo.tsx'
import { ProviderButton } from './openid/provider-button.tsx'
import type { ProviderSignIn } from './openid/use-provider-sign-in.ts'
import styles from './sign-in.module.css'
import { SignInForm, type SignInFormProps } from './sign-in-form.tsx'
import { texts } from './texts.ts'

const { signIn } = texts

export interface SignInPageProps extends Omit<SignInFormProps, 'isSecondWay'> {
  /** Undefined if the service names no OpenID provider. */
  readonly provider: ProviderSignIn | undefined
}

/** The page of the console for readers whom the service does not know. */
export function SignInPage({ provider, ...props }: SignInPageProps) {
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Logo />
        <h1>{signIn.title}</h1>
        <p>{provider ? signIn.openId.lead : signIn.lead}</p>
        {provider && <ProviderButton provider={provider} />}
        <SignInForm isSecondWay={provider !== undefined} {...props} />
        <p className={styles.how}>
          {signIn.how} <code>{signIn.command}</code>
        </p>
      </div>
    </main>
  )
}
