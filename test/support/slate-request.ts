import type { SlateRequest } from '../../src/slate/slate.ts'

/** Three items for the user `me`, whatever the user acted on before. */
export const REQUEST: SlateRequest = {
  userId: 'me',
  first: 3,
  surface: undefined,
  sessionId: undefined,
  device: undefined,
  rules: { exclude: [], seen: [] },
}
