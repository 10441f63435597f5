import type { ReactElement } from 'react'
import type { Palette } from './palette.ts'

export interface ShapeProps {
  readonly palette: Palette
  /** Title of the product: its noun may decide what is drawn. */
  readonly title: string
  /** A whole number from 0, by which products of a kind differ. */
  readonly number: number
}

/** Draws what a product is, in a field of 200 by 200 whose ground is at 160. */
export type Shape = (props: ShapeProps) => ReactElement
