/** Tests of whether state has expired for good and may be deleted. */
export interface Ended {
  user(value: Uint8Array): boolean
  /** Returns whether all kept events of a user have expired. @param kept packed events of one user */
  events(kept: Buffer): boolean
  row(entity: string, row: Float64Array): boolean
}
