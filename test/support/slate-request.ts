import type { SlateRequest } from '../../src/slate/slate.ts'

/** Three items for the user `me`, and nothing else said. */
export const REQUEST: SlateRequest = {
  userId: 'me',
  first: 3,
  surface: undefined,
  sessionId: undefined,
  device: undefined,
  rules: { exclude: [] },
}
