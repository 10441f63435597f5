/** An impression that counts in click rates. */
export interface Exposure {
  /** Time of the impression, in ms. */
  readonly at: number
  readonly surface: string | undefined
  /** Position on the surface, from 1; undefined if it is not known. */
  readonly position: number | undefined
  /** Whether the click rate of the position was known, so that the impression counts in expected clicks. */
  readonly isRated: boolean
}
