import { createContext, useContext } from 'react'
import type { ConsoleRole } from './access.ts'

/** Who reads the console. */
export interface ConsoleReader {
  readonly role: ConsoleRole
  /** Whether the reader has signed in; without, the service asks nobody who they are. */
  readonly hasToken: boolean
  /** Signs out. */
  readonly leave: () => void
}

/** Tells the sections who reads them. */
export const Reader = createContext<ConsoleReader>({ role: 'analyst', hasToken: false, leave: () => {} })

/** Returns who reads the console. */
export function useReader(): ConsoleReader {
  return useContext(Reader)
}
