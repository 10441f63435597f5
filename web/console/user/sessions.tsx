import { useEffect, useMemo } from 'react'
import { useQuery } from 'urql'
import { UserSessionDocument, UserTimelineDocument } from '../../generated/console-user.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { FeatureTable } from '../feature-table.tsx'
import { Moment } from '../moment.tsx'
import { Panel } from '../panel.tsx'
import { sessionsOf, type TimedEvent, type Visit } from './sessions-of.ts'
import { texts } from './texts.ts'

const { sessions: said } = texts

const COLUMNS: readonly Column<Visit>[] = [
  { id: 'session', title: said.columns.session, value: ({ sessionId }) => sessionId },
  {
    id: 'from',
    title: said.columns.from,
    value: ({ from }) => new Date(from).toISOString(),
    cell: ({ from }) => <Moment at={from} />,
  },
  {
    id: 'until',
    title: said.columns.until,
    value: ({ until }) => new Date(until).toISOString(),
    cell: ({ until }) => <Moment at={until} />,
  },
  { id: 'events', title: said.columns.events, value: ({ events }) => events, isNumber: true },
]

export interface SessionsProps {
  readonly userId: string
  /** The latest events of the user; undefined until they are known. */
  readonly events: readonly { readonly node: TimedEvent }[] | undefined
  /** Rises with each change of the user. */
  readonly version: number | undefined
}

/** The visits of a user, and the features of the present one. */
export function Sessions({ userId, events, version }: SessionsProps) {
  const visits = useMemo(() => sessionsOf((events ?? []).map(({ node }) => node)), [events])
  const variables = { userId }
  const [session, read] = useQuery({ query: UserSessionDocument, variables })
  useEffect(() => {
    if (version !== undefined) read()
  }, [version, read])
  return (
    <Panel title={said.title} note={said.note}>
      <DataTable
        label={said.title}
        of={userId}
        rows={visits}
        columns={COLUMNS}
        keyOf={({ sessionId }) => sessionId}
        operation={operation(UserTimelineDocument, { userId, first: 500 })}
        empty={{ title: said.empty }}
      />
      <Answer of={session} height={240}>
        {({ sessionFeatures }) =>
          sessionFeatures && (
            <FeatureTable
              label={`${said.title}: ${sessionFeatures.sessionId}`}
              of={userId}
              features={sessionFeatures.features}
              operation={operation(UserSessionDocument, variables)}
              empty={said.empty}
            />
          )
        }
      </Answer>
    </Panel>
  )
}
