import { barX, dot, lineY, type PlotOptions, ruleY } from '@observablehq/plot'
import { useEffect, useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { ItemFiguresDocument } from '../../generated/console-item.ts'
import { Answer } from '../answer.tsx'
import { Chart } from '../chart.tsx'
import { numberText } from '../number-text.ts'
import { Columns, Note, Panel } from '../panel.tsx'
import { timeTicks } from '../time-ticks.ts'
import { type FadingSum, HALF_LIFE_HOURS, weightPerHour } from './interest-rates.ts'
import { texts } from './texts.ts'

const { history: said } = texts
const POLL_MS = 3000
/** Ten minutes. */
const MOST_SAMPLES = 200
/** Top of the scale for an item in which nobody is interested, in event weights an hour. */
const SMALLEST_PEAK = 0.01
/** Shortest axis of time. */
const SHORTEST_MS = 60_000
const RATE_TICKS = 4
/** Room for the labels of the axes. */
const MARGINS = { marginLeft: 48, marginRight: 26, marginTop: 10 }
const NAMES = Object.keys(HALF_LIFE_HOURS) as FadingSum[]

const CLOCK = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const timeText = (at: Date) => CLOCK.format(at)

interface Rate {
  readonly name: FadingSum
  readonly rate: number
}

interface Reading {
  readonly at: Date
  readonly rate: number
}

/** How the interest in an item has changed: side by side from sums that fade at several speeds, and live from now on. */
export function InterestHistory({ itemId }: { readonly itemId: string }) {
  const { result, rates, readings } = useInterest(itemId)
  const bars = useMemo(
    () => ({
      marginLeft: 90,
      marginRight: 60,
      x: { axis: null, domain: [0, Math.max(1e-9, ...rates.map(({ rate }) => rate))] },
      y: { label: null, domain: NAMES.map((name) => said.speeds[name]) },
      marks: [barX(rates, { x: 'rate', y: ({ name }: Rate) => said.speeds[name], fill: 'var(--accent)', rx: 3 })],
    }),
    [rates],
  )
  const line = useMemo(() => lineOf(readings), [readings])
  return (
    <Panel
      title={said.title}
      note={
        <>
          {said.note} <a href={said.whyAddress}>{said.why}</a>
        </>
      }
    >
      <Answer of={result} height={150}>
        {() => (
          <Columns>
            <div>
              <Chart label={`${said.chart}: ${spoken(rates)}`} height={110} options={bars} />
              <Note>{spoken(rates)}</Note>
            </div>
            <div>
              <Chart label={said.line} height={130} options={line} />
              <Note>{said.live}</Note>
            </div>
          </Columns>
        )}
      </Answer>
    </Panel>
  )
}

/** The rates since the page was opened: the axis of time has a minute or more, and that of rates reaches the largest one. */
function lineOf(readings: readonly Reading[]): (width: number) => PlotOptions {
  const from = readings[0]?.at.getTime() ?? Date.now()
  const until = Math.max(from + SHORTEST_MS, readings.at(-1)?.at.getTime() ?? 0)
  const peak = Math.max(SMALLEST_PEAK, ...readings.map(({ rate }) => rate))
  return (width) => ({
    ...MARGINS,
    x: {
      type: 'time',
      domain: [new Date(from), new Date(until)],
      label: null,
      ticks: timeTicks(from, until, width - MARGINS.marginLeft - MARGINS.marginRight),
      tickFormat: timeText,
    },
    y: { label: null, grid: true, domain: [0, peak], nice: RATE_TICKS, ticks: RATE_TICKS },
    marks: [
      ruleY([0], { stroke: 'var(--line)' }),
      lineY(readings, { x: 'at', y: 'rate', stroke: 'var(--accent)', strokeWidth: 2 }),
      ...(readings.length === 1 ? [dot(readings, { x: 'at', y: 'rate', r: 2.5, fill: 'var(--accent)' })] : []),
    ],
  })
}

function spoken(rates: readonly Rate[]): string {
  return rates.map(({ name, rate }) => `${said.speeds[name]} ${numberText(Math.round(rate * 1000) / 1000)}`).join(' · ')
}

function useInterest(itemId: string) {
  const [result, read] = useQuery({ query: ItemFiguresDocument, variables: { itemId } })
  const [readings, setReadings] = useState<readonly Reading[]>([])
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) read()
    }, POLL_MS)
    return () => clearInterval(timer)
  }, [read])
  const features = result.data?.itemFeatures?.[0]?.features
  const rates = useMemo(
    () =>
      NAMES.map((name): Rate => ({ name, rate: weightPerHour(name, features?.find((one) => one.name === name)?.value ?? 0) })),
    [features],
  )
  useEffect(() => {
    if (features) setReadings((before) => [...before.slice(1 - MOST_SAMPLES), { at: new Date(), rate: rates[0]!.rate }])
  }, [features, rates])
  return { result, rates, readings }
}
