import { memo } from 'react'
import type { Product } from '../state/product.ts'
import { hashOf, paletteOf } from './palette.ts'
import styles from './picture.module.css'
import type { Shape } from './shape.ts'
import { SMALL_SHAPES } from './shapes-of-small-things.tsx'
import { HOME_SHAPES } from './shapes-of-the-home.tsx'
import { WORN_SHAPES } from './shapes-of-worn-things.tsx'
import { UnknownShape } from './unknown-shape.tsx'

const SHAPES: Readonly<Record<string, Shape>> = { ...WORN_SHAPES, ...HOME_SHAPES, ...SMALL_SHAPES }

/**
 * A picture of a product, drawn from its category, title and id: the shop has no photographs. The same product always looks the
 * same. It only decorates, since the title stands beside it.
 */
export const Picture = memo(function Picture({ product }: { readonly product: Product }) {
  const { itemId, title, category } = product
  const number = hashOf(itemId)
  const palette = paletteOf(number)
  const Drawn = Object.hasOwn(SHAPES, category) ? SHAPES[category] : UnknownShape
  return (
    <svg viewBox="0 0 200 200" className={styles.picture} aria-hidden focusable="false">
      <rect width="200" height="200" fill={palette.back} />
      <circle cx={60 + (number % 80)} cy={70 + ((number >>> 8) % 50)} r="74" fill={palette.halo} />
      <ellipse cx="100" cy="163" rx="60" ry="7" fill={palette.shade} opacity="0.16" />
      <Drawn palette={palette} title={title} number={number >>> 4} />
    </svg>
  )
}, isSame)

function isSame(before: { readonly product: Product }, after: { readonly product: Product }): boolean {
  const { itemId, title, category } = before.product
  return itemId === after.product.itemId && title === after.product.title && category === after.product.category
}
