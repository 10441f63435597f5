import { lazy, Suspense } from 'react'
import type { MovingLineProps } from './moving-line.tsx'

const MovingLine = lazy(() => import('./moving-line.tsx'))

/**
 * The chart of `moving-line.tsx`, with an empty place of its height until its code is here. The library that draws charts is as large as all
 * else that the overview loads, and the figures do not wait for it.
 */
export function LazyLine(props: MovingLineProps) {
  return (
    <Suspense fallback={<div style={{ height: props.height }} />}>
      <MovingLine {...props} />
    </Suspense>
  )
}
