/** What expiry has ended for good. */
export interface Ended {
  user(value: Uint8Array): boolean
  /** @param kept packed events of one user */
  events(kept: Buffer): boolean
  row(entity: string, row: Float64Array): boolean
}
