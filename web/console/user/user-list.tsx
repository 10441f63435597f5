import { useMemo } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { ActiveUsersDocument, type ActiveUsersQuery } from '../../generated/console-user.ts'
import { addressOf } from '../address.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { countText, numberText } from '../number-text.ts'
import { usePage } from '../pager.tsx'
import { Panel } from '../panel.tsx'
import { texts } from './texts.ts'

type ListedUser = NonNullable<ActiveUsersQuery['users']>['edges'][number]['node']

const PAGE = 25

const COLUMNS: readonly Column<ListedUser>[] = [
  {
    id: 'userId',
    title: texts.columns.user,
    value: ({ userId }) => userId,
    cell: ({ userId }) => (
      <Link href={addressOf('users', userId)}>
        <bdi>{userId}</bdi>
      </Link>
    ),
  },
  {
    id: 'events',
    title: texts.columns.events,
    value: ({ events }) => events,
    cell: ({ events }) => countText(events ?? 0),
    isNumber: true,
  },
  {
    id: 'today',
    title: texts.columns.today,
    value: ({ eventsToday }) => eventsToday,
    cell: ({ eventsToday }) => numberText(eventsToday),
    isNumber: true,
  },
]

/** Users with events, those who were active last first, page by page. */
export function UserList() {
  const { range, pagerOf } = usePage(PAGE)
  const variables = useMemo(() => ({ ...range, orderBy: { feature: 'user_events_1d' } }), [range])
  const [list] = useQuery({ query: ActiveUsersDocument, variables })
  const rows = useMemo(() => (list.data?.users?.edges ?? []).map(({ node }) => node), [list.data])
  return (
    <Panel
      title={texts.list.title}
      note={list.data?.users?.sampled ? `${texts.list.note} ${texts.list.sampled}` : texts.list.note}
    >
      <Answer of={list} height={560}>
        {({ users }) => (
          <DataTable
            label={texts.list.title}
            rows={rows}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            operation={operation(ActiveUsersDocument, variables)}
            empty={{ title: texts.list.empty, advice: texts.emptyAdvice }}
            foot={users && pagerOf(users.pageInfo)}
          />
        )}
      </Answer>
    </Panel>
  )
}
