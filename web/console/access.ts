import type { Client } from '@urql/core'
import { type Problem, problemOf } from '../api/problem.ts'
import { ConsoleAccessDocument } from '../generated/console.ts'
import { keepFigures } from './overview/status-history.ts'

/** Roles that may use the console. An analyst reads; an admin also changes rules, models and keys. */
export type ConsoleRole = 'analyst' | 'admin'

/** What the service lets the reader do, or why it does not let them in. */
export type Access = { readonly role: ConsoleRole } | { readonly problem: Problem }

/** Asks the service what the reader may do, and keeps its figures for the overview. A device and a server may read neither of both fields. */
export async function readAccess(client: Client): Promise<Access> {
  const { data, error } = await client.query(ConsoleAccessDocument, {}).toPromise()
  if (data?.status) {
    keepFigures(data.status)
    return { role: data.keys ? 'admin' : 'analyst' }
  }
  return { problem: error ? problemOf(error) : { code: 'INTERNAL_SERVER_ERROR', message: '' } }
}
