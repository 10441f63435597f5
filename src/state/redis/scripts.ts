import type { Cluster, Redis } from 'ioredis'
import { TAKE_FROM_BUCKET } from './scripts/bucket-scripts.ts'
import { BEGIN_ERASURE, END_ERASURE, ERASE, ERASE_USER } from './scripts/erasure-scripts.ts'
import { COUNT_ASIDE, FOLD, LIFT, MARK, SET_ASIDE } from './scripts/fold-scripts.ts'
import { ADD_IDENTITIES } from './scripts/identity-scripts.ts'
import { LEASE, RELEASE, SET_IF } from './scripts/lease-scripts.ts'
import { CLAIM, COPY, REPLACE, TRIM } from './scripts/log-scripts.ts'
import { READ_SETS } from './scripts/read-scripts.ts'
import { NAME_SLATE, PUT_SLATE } from './scripts/slate-scripts.ts'
import { SWAP } from './scripts/swap-scripts.ts'

/** Status of a swap, and the data that goes with it. */
export type SwapReply = [status: number, answer?: unknown]

/** The Lua scripts as methods of a Redis client. The files in `scripts/` contain them, and say what they reply. */
export interface Scripts {
  liverankSwapBuffer(...args: (string | Buffer | number)[]): Promise<SwapReply>
  /** Takes the arguments as arrays, because there may be more than a call can spread. */
  liverankFold(keys: number, names: readonly string[], args: readonly (string | Buffer | number)[]): Promise<string[]>
  liverankSetAside(aside: string, id: string, kept: number, what: string, increments: string): Promise<string>
  liverankCountAside(aside: string): Promise<number>
  liverankLease(lease: string, holder: string, ms: number): Promise<number>
  liverankClaim(log: string, claim: string, first: string, stretch: string): Promise<string | null>
  liverankTrim(log: string, claim: string, archived: string, stretch: string, kept: string, last: string): Promise<number>
  liverankRelease(lease: string, holder: string): Promise<number>
  liverankReadSets(keys: number, ...setsRowsColumnsLimits: (string | number)[]): Promise<string[]>
  liverankMark(log: string, foldMark: string, id: string): Promise<string>
  liverankLift(log: string, id: string): Promise<number>
  liverankSetIf(...args: string[]): Promise<string>
  liverankErase(
    log: string,
    progress: string,
    expected: number,
    stays: string,
    ...ids: string[]
  ): Promise<[went: number, progress: number]>
  liverankBeginErasure(
    keys: number,
    names: readonly string[],
    args: readonly (string | number)[],
  ): Promise<[end: string, ...gone: number[]]>
  liverankEndErasure(erasing: string, life: string, name: string, newLife: string): Promise<number>
  liverankEraseUser(...args: (string | Buffer | number)[]): Promise<number>
  liverankCopy(log: string, copy: string, from: string, count: number, ttl: number): Promise<[count: number, last: string]>
  liverankReplace(log: string, copy: string, from: string, most: number): Promise<'replaced' | 'more' | 'deleted'>
  liverankTake(bucket: string, wanted: number, least: number, size: number): Promise<[granted: number, waitMs: number]>
  liverankPutSlate(...args: (string | Buffer | number)[]): Promise<number>
  liverankAddIdentities(identities: string, expiresIn: number, ...scored: Buffer[]): Promise<number>
  liverankNameSlate(slate: string, ofUser: string, id: string, expiry: number, longer: number): Promise<number>
}

/** A client of a single server or of a cluster that has the scripts as commands. */
export type RedisCommands = (Redis | Cluster) & Scripts

/** Adds the scripts to a client as commands. */
export function withScripts(client: Redis | Cluster): RedisCommands {
  client.defineCommand('liverankSwap', { numberOfKeys: 8, lua: SWAP })
  client.defineCommand('liverankFold', { lua: FOLD })
  client.defineCommand('liverankSetAside', { numberOfKeys: 1, lua: SET_ASIDE })
  client.defineCommand('liverankCountAside', { numberOfKeys: 1, lua: COUNT_ASIDE, readOnly: true })
  client.defineCommand('liverankLease', { numberOfKeys: 1, lua: LEASE })
  client.defineCommand('liverankClaim', { numberOfKeys: 2, lua: CLAIM })
  client.defineCommand('liverankTrim', { numberOfKeys: 3, lua: TRIM })
  client.defineCommand('liverankRelease', { numberOfKeys: 1, lua: RELEASE })
  client.defineCommand('liverankReadSets', { lua: READ_SETS, readOnly: true })
  client.defineCommand('liverankMark', { numberOfKeys: 2, lua: MARK })
  client.defineCommand('liverankLift', { numberOfKeys: 1, lua: LIFT })
  client.defineCommand('liverankSetIf', { numberOfKeys: 1, lua: SET_IF })
  client.defineCommand('liverankPutSlate', { numberOfKeys: 6, lua: PUT_SLATE })
  client.defineCommand('liverankNameSlate', { numberOfKeys: 2, lua: NAME_SLATE })
  client.defineCommand('liverankAddIdentities', { numberOfKeys: 1, lua: ADD_IDENTITIES })
  client.defineCommand('liverankErase', { numberOfKeys: 2, lua: ERASE })
  client.defineCommand('liverankBeginErasure', { lua: BEGIN_ERASURE })
  client.defineCommand('liverankEndErasure', { numberOfKeys: 2, lua: END_ERASURE })
  client.defineCommand('liverankEraseUser', { numberOfKeys: 6, lua: ERASE_USER })
  client.defineCommand('liverankCopy', { numberOfKeys: 2, lua: COPY })
  client.defineCommand('liverankReplace', { numberOfKeys: 2, lua: REPLACE })
  client.defineCommand('liverankTake', { numberOfKeys: 1, lua: TAKE_FROM_BUCKET })
  return client as RedisCommands
}
