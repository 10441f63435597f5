import type { Principal } from '../auth/principal.ts'
import { ForbiddenError, MergedIdError } from '../errors.ts'
import type { Service } from '../service/service.ts'
import type { ItemFeatureLoader } from './item-feature-loader.ts'
import type { StorageLimit } from './stored-bytes.ts'

/** Context of resolvers; one per operation. */
export interface Context {
  readonly service: Service
  /** The caller. The principal is decided once for a request or a socket, on every transport. */
  readonly principal: Principal
  /** Replaces the token of the connection. Absent where each request brings its own. */
  readonly renewToken?: ((token: string) => Promise<Principal>) | undefined
  /**
   * Returns a signal that is aborted when nobody waits for the answer any more: the client has closed its request or socket, or has
   * ended the operation. What has not begun then need not begin.
   */
  readonly withdrawal: () => AbortSignal
  /** Limits what the caller may make the service store. */
  readonly storage: StorageLimit
  /** Takes points for work of the operation that could not be known before. The caller pays them before its next operation. */
  readonly charge: (context: Context, points: number) => void
  /** Reads the item features that the fields of one answer request, in one batch. */
  readonly itemFeatures: ItemFeatureLoader
  /** Default language of texts, if the operation names none; English if absent. */
  readonly language?: string | undefined
}

/**
 * Refuses a device whose user was merged into another one: its token proves less than that it is the other user.
 * @throws MergedIdError
 */
export async function refuseMergedDevice({ service, principal }: Context, userId: string): Promise<void> {
  if (principal.role === 'device' && (await service.people.ownerOf(userId)) !== userId) throw new MergedIdError()
}

/** What a caller learns of a node of another user. */
export const FOREIGN_NODE = 'This node belongs to another user, or your role may not read it.'

/**
 * Reads a node that the caller may not be allowed to read. A refusal is a value, which GraphQL reports in the place of the node:
 * thrown, it would take the other nodes of a list with it.
 */
export async function orRefusal<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof ForbiddenError) return error as never
    throw error
  }
}
