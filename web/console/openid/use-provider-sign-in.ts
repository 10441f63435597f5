import { useEffect, useRef, useState } from 'react'
import type { Credential } from '../../api/credential.ts'
import { takeReturn } from './attempt.ts'
import { openIdClient } from './openid-client.ts'

const client = openIdClient()
// Before the router reads the address.
const returned = client && takeReturn()

/** The way of a reader over an OpenID provider. */
export interface ProviderSignIn {
  /** Host of the provider, which names it to the reader. */
  readonly host: string
  /** Why the last attempt failed. */
  readonly trouble: { readonly title: string; readonly advice: string } | undefined
  /** Sends the reader to the provider, and back to the address of now. */
  readonly begin: () => void
}

/**
 * Lets readers sign in at the OpenID provider of this console.
 * @param onCredential called when a reader has come back from there
 * @returns `signIn`: undefined if there is no provider; `isArriving`: whether a reader comes back just now
 */
export function useProviderSignIn(onCredential: (credential: Credential) => void): {
  readonly signIn: ProviderSignIn | undefined
  readonly isArriving: boolean
} {
  const [isArriving, setArriving] = useState(returned !== undefined)
  const [trouble, setTrouble] = useState<ProviderSignIn['trouble']>()
  const arrival = useRef<Promise<void>>(undefined)
  useEffect(() => {
    // Development builds run effects twice, and a code counts once.
    arrival.current ??= arrive(onCredential, setTrouble).finally(() => setArriving(false))
  }, [onCredential])
  if (client === undefined) return { signIn: undefined, isArriving }
  const begin = () => {
    setTrouble(undefined)
    void attempt(setTrouble, ({ ProviderSession }) => ProviderSession.begin(client, location.pathname + location.search))
  }
  return { signIn: { host: new URL(client.issuer).host, trouble, begin }, isArriving }
}

type ProviderCode = typeof import('./provider-session.ts')

async function arrive(
  onCredential: (credential: Credential) => void,
  onTrouble: (trouble: ProviderSignIn['trouble']) => void,
): Promise<void> {
  if (client === undefined || returned === undefined) return
  await attempt(onTrouble, async ({ ProviderSession }) => onCredential(await ProviderSession.finish(client, returned)))
}

/** Only who signs in loads this code. */
async function attempt(
  onTrouble: (trouble: ProviderSignIn['trouble']) => void,
  run: (code: ProviderCode) => Promise<void>,
): Promise<void> {
  const code = await import('./provider-session.ts')
  try {
    await run(code)
  } catch (error) {
    onTrouble(code.troubleOfSignIn(error))
  }
}
