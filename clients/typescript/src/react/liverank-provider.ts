import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react'
import type { LiverankClient } from '../liverank-client.ts'

const ClientContext = createContext<LiverankClient | undefined>(undefined)

/** Gives the client to the hooks in all components below it. */
export function LiverankProvider(props: { readonly client: LiverankClient; readonly children?: ReactNode }): ReactElement {
  return createElement(ClientContext.Provider, { value: props.client }, props.children)
}

/**
 * Returns the client of the nearest LiverankProvider.
 *
 * @throws Error if there is none
 */
export function useLiverank(): LiverankClient {
  const client = useContext(ClientContext)
  if (!client)
    throw new Error('There is no LiverankProvider above this component: wrap your app in <LiverankProvider client={client}>.')
  return client
}
