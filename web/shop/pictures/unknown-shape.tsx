import type { ShapeProps } from './shape.ts'

/** A parcel, for products of categories for which nothing else is drawn. */
export function UnknownShape({ palette: { main, shade, light, accent }, number }: ShapeProps) {
  const tape = number % 2 === 0 ? accent : light
  return (
    <g>
      <path d="M48 88 L100 70 L152 88 L100 108 Z" fill={light} />
      <path d="M48 88 L100 108 L100 164 L48 142 Z" fill={main} />
      <path d="M152 88 L100 108 L100 164 L152 142 Z" fill={shade} />
      <path d="M70 80 L122 99 L122 114 L132 110 L132 95 L80 76 Z" fill={tape} />
    </g>
  )
}
