import * as Plot from '@observablehq/plot'
import { useEffect, useRef, useState } from 'react'
import styles from './chart.module.css'

/** In less room, the margins of an axis leave nothing for a drawing. */
const SMALLEST = 160

export interface ChartProps {
  /** What the chart shows, in a sentence: screen readers say it instead of the drawing. */
  readonly label: string
  /** Height in CSS pixels. The chart is as wide as its place. */
  readonly height: number
  /**
   * The drawing, without its size; or what returns it for a width in CSS pixels. Keep it the same object or function while it need not be
   * drawn again.
   */
  readonly options: Plot.PlotOptions | ((width: number) => Plot.PlotOptions)
}

/** A drawing of Observable Plot, drawn again when its options or the width of its place change. */
export function Chart({ label, height, options }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)))
    observer.observe(place.current!)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    if (width < SMALLEST) return
    const drawn = Plot.plot({ ...(typeof options === 'function' ? options(width) : options), width, height })
    // The Content-Security-Policy refuses styles within the page: chart.module.css has those of Plot.
    for (const style of drawn.querySelectorAll('style')) style.remove()
    // The label of the chart says it all: those of its parts, such as `line`, are for nobody.
    for (const part of drawn.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label')
    place.current!.replaceChildren(drawn)
  }, [options, width, height])
  return <div ref={place} className={styles.chart} role="img" aria-label={label} style={{ height }} />
}
