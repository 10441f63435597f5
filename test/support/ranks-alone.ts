/** Options with which an evaluation judges nothing but the ranks of all next items. */
export const RANKS_ALONE = {
  delays: [],
  mostRows: Number.POSITIVE_INFINITY,
  mostDelayedRows: 0,
  variants: [],
  mostSlateRows: 0,
  seed: 1,
  onProgress: () => {},
}
