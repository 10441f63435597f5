import { Button } from '../../design/button.tsx'
import { Notice } from '../../design/notice.tsx'
import styles from '../sign-in.module.css'
import { texts } from '../texts.ts'
import type { ProviderSignIn } from './use-provider-sign-in.ts'

const text = texts.signIn.openId

/** Leads the reader to the OpenID provider. Below it, the reader may enter a key instead. */
export function ProviderButton({ provider: { host, trouble, begin } }: { readonly provider: ProviderSignIn }) {
  return (
    <>
      {trouble && (
        <Notice kind="error" title={trouble.title}>
          {trouble.advice}
        </Notice>
      )}
      <Button kind="primary" onClick={begin}>
        {text.action(host)}
      </Button>
      <p className={styles.or}>{text.or}</p>
    </>
  )
}
