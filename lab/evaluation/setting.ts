/**
 * Settings of the evaluation, by what state still learns in the test period. `static`: only the session itself. `prequential`:
 * all state; each row is judged before it is learned.
 */
export const SETTINGS = ['static', 'prequential'] as const
export type Setting = (typeof SETTINGS)[number]
