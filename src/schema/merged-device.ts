import { MergedIdError } from '../errors.ts'
import type { Context } from './context.ts'

/**
 * Refuses a device whose user was merged into another one: its token proves less than that it is the other user.
 * @throws MergedIdError
 */
export async function refuseMergedDevice({ service, principal }: Context, userId: string): Promise<void> {
  if (principal.role === 'device' && (await service.merges.ownerOf(userId)) !== userId) throw new MergedIdError()
}
