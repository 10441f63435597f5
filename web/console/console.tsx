import { useState } from 'react'
import { Provider } from 'urql'
import { Router } from 'wouter'
import { enteredCredential } from '../api/credential.ts'
import type { Problem } from '../api/problem.ts'
import { Dialog } from '../design/dialog.tsx'
import { Notice, Placeholder } from '../design/notice.tsx'
import { BASE } from './address.ts'
import { failureText } from './failure-notice.tsx'
import { Frame } from './frame.tsx'
import { ProviderButton } from './openid/provider-button.tsx'
import { useProviderSignIn } from './openid/use-provider-sign-in.ts'
import { Reader } from './reader.ts'
import { SignInForm, type SignInFormProps } from './sign-in-form.tsx'
import { SignInPage } from './sign-in-page.tsx'
import { emptyTabStorage } from './tab-storage.ts'
import { texts } from './texts.ts'
import { keepToken, keptToken } from './token-store.ts'
import { useAccess } from './use-access.ts'

const { signIn, failure } = texts

/** The console: lets the reader in, and shows the sections. A token that expires later is asked for above the open page. */
export function Console() {
  const [credential, setCredential] = useState(() => enteredCredential(keptToken()))
  const { signIn: provider, isArriving } = useProviderSignIn(setCredential)
  const { client, role, refusal, isExpired } = useAccess(credential)
  const token = credential.token()
  const enter = (entered: string, isKept: boolean) => {
    keepToken(isKept ? entered : undefined)
    setCredential(enteredCredential(entered))
  }
  const leave = () => {
    emptyTabStorage()
    location.reload()
  }
  if (role === undefined) {
    if (isArriving) return <Placeholder label={signIn.openId.arriving} height={320} />
    if (refusal === undefined) return <Placeholder label={texts.loading} height={320} />
    if (refusal.code === 'UNREACHABLE')
      return (
        <Notice kind="error" title={failure.UNREACHABLE}>
          {failure.unreachableAdvice}
        </Notice>
      )
    return <SignInPage provider={provider} trouble={troubleOf(refusal, token)} onToken={enter} />
  }
  return (
    <Provider value={client}>
      <Reader value={{ role, hasToken: token !== undefined, leave }}>
        <Router base={BASE}>
          <Frame />
        </Router>
        {isExpired && (
          <Dialog title={token === undefined ? signIn.needed : isKey(token) ? signIn.revoked : signIn.expired}>
            <p>{signIn.expiredLead}</p>
            {provider && <p>{signIn.openId.leaves}</p>}
            {provider && <ProviderButton provider={provider} />}
            <SignInForm isSecondWay={provider !== undefined} trouble={refusal && troubleOf(refusal, token)} onToken={enter} />
          </Dialog>
        )}
      </Reader>
    </Provider>
  )
}

/** Returns what to say about a refusal; nothing to a reader who has not entered anything yet. */
function troubleOf(problem: Problem, token: string | undefined): SignInFormProps['trouble'] {
  if (problem.code === 'FORBIDDEN') return { title: signIn.wrongRole, advice: signIn.wrongRoleAdvice }
  if (problem.code !== 'UNAUTHENTICATED') return failureText(problem)
  if (token === undefined) return undefined
  // A token has three parts. Any other text was meant as a key.
  const title = token.split('.').length === 3 ? signIn.refusedToken : signIn.refused
  return { title, advice: signIn.refusedAdvice, detail: signIn.detail(problem.message) }
}

function isKey(token: string): boolean {
  return token.startsWith('lrk_')
}
