import type { Client } from '@urql/core'
import { useEffect, useState } from 'react'
import type { Problem } from '../api/problem.ts'
import { usePolled } from '../api/use-polled.ts'
import { Card } from '../design/card.tsx'
import { Notice, Placeholder } from '../design/notice.tsx'
import { Sparkline } from '../design/sparkline.tsx'
import { Time } from '../design/time.tsx'
import { StartStatusDocument, type StartStatusQuery } from '../generated/start.ts'
import styles from './alive.module.css'
import { texts } from './texts.ts'

const PAUSE_MS = 1000
/** Number of readings that the lines show. */
const READINGS = 60
const NEEDS_SIGN_IN = new Set(['UNAUTHENTICATED', 'FORBIDDEN'])
const rate = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

type Status = NonNullable<StartStatusQuery['status']>

interface Reading {
  readonly events: number
  readonly slates: number
}

/** Figures of the service, read every second. */
export function Alive({ api }: { readonly api: Client }) {
  const { data, problem, count } = usePolled(api, StartStatusDocument, PAUSE_MS)
  const status = data?.status ?? undefined
  const readings = useReadings(status, count)
  return (
    <Card title={texts.alive.title} actions={status && !problem && <Running status={status} />}>
      {problem && <Trouble problem={problem} />}
      {status ? (
        <Figures status={status} readings={readings} isOld={problem !== undefined} />
      ) : (
        !problem && <Placeholder label={texts.alive.loading} height={118} />
      )}
      {status?.storeWarnings.map((warning) => (
        <Notice key={warning} kind="warning" title={warning} />
      ))}
    </Card>
  )
}

/** Keeps the latest readings. @param count number of answers so far: each is a reading, even if it is equal to the one before */
function useReadings(status: Status | undefined, count: number): readonly Reading[] {
  const [readings, setReadings] = useState<readonly Reading[]>([])
  useEffect(() => {
    if (!status) return
    const reading = { events: status.eventsPerSecond, slates: status.slatesPerSecond }
    setReadings((before) => [...before.slice(1 - READINGS), reading])
  }, [status, count])
  return readings
}

function Running({ status }: { readonly status: Status }) {
  return (
    <p className={styles.running}>
      <span className={styles.dot} />
      {texts.alive.running} {texts.alive.since} <Time at={status.startedAt} /> · {status.version} ·{' '}
      {texts.alive.store[status.store]}
    </p>
  )
}

function Trouble({ problem }: { readonly problem: Problem }) {
  if (NEEDS_SIGN_IN.has(problem.code))
    return (
      <Notice kind="empty" title={texts.alive.signIn}>
        {texts.alive.signInMore}
      </Notice>
    )
  const isUnreachable = problem.code === 'UNREACHABLE'
  return (
    <Notice kind="error" title={isUnreachable ? texts.alive.unreachable : texts.alive.failed}>
      {isUnreachable ? texts.alive.unreachableMore : problem.message}
    </Notice>
  )
}

interface FiguresProps {
  readonly status: Status
  readonly readings: readonly Reading[]
  /** The service did not answer since. */
  readonly isOld: boolean
}

function Figures({ status, readings, isOld }: FiguresProps) {
  const { recommendationMs } = status
  const ms = (value: number | undefined) => (value === undefined ? texts.alive.none : `${rate.format(value)} ms`)
  return (
    <dl className={styles.figures} data-old={isOld || undefined}>
      <Figure name={texts.alive.events} value={rate.format(status.eventsPerSecond)}>
        <Sparkline
          values={readings.map(({ events }) => events)}
          length={READINGS}
          label={`${texts.alive.events}, ${texts.alive.line}`}
        />
      </Figure>
      <Figure name={texts.alive.slates} value={rate.format(status.slatesPerSecond)}>
        <Sparkline
          values={readings.map(({ slates }) => slates)}
          length={READINGS}
          label={`${texts.alive.slates}, ${texts.alive.line}`}
        />
      </Figure>
      <Figure name={texts.alive.subscribers} value={rate.format(status.subscribers)} />
      <Figure name={texts.alive.recommendation} value={ms(recommendationMs?.p50)} />
    </dl>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: string
  readonly children?: React.ReactNode
}

function Figure({ name, value, children }: FigureProps) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd className={styles.value}>{value}</dd>
      {children && <dd>{children}</dd>}
    </div>
  )
}
