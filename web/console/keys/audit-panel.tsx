import { useMemo } from 'react'
import { useQuery } from 'urql'
import { AuditTrailDocument, type AuditTrailQuery } from '../../generated/console-keys.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { Moment } from '../moment.tsx'
import { usePage } from '../pager.tsx'
import { Panel } from '../panel.tsx'
import { useReadAgain } from '../use-read-again.ts'
import styles from './keys.module.css'
import { texts } from './texts.ts'

type Entry = NonNullable<AuditTrailQuery['auditLog']>['edges'][number]['node']

const { audit: said } = texts
const PAGE = 25

const COLUMNS: readonly Column<Entry>[] = [
  { id: 'at', title: said.columns.at, value: ({ at }) => at, cell: ({ at }) => <Moment at={at} /> },
  { id: 'action', title: said.columns.action, value: ({ action }) => action.toLowerCase().replaceAll('_', ' ') },
  { id: 'outcome', title: said.columns.outcome, value: ({ outcome }) => outcome.toLowerCase() },
  { id: 'who', title: said.columns.who, value: whoOf },
  { id: 'target', title: said.columns.target, value: ({ target }) => target ?? said.all },
  {
    id: 'change',
    title: said.columns.change,
    value: ({ stateBefore, stateAfter }) => JSON.stringify({ before: stateBefore, after: stateAfter }),
    cell: ({ stateBefore, stateAfter }) => (
      <details className={styles.change}>
        <summary>{said.show}</summary>
        {said.before}
        <pre>{JSON.stringify(stateBefore, null, 1)}</pre>
        {said.after}
        <pre>{JSON.stringify(stateAfter, null, 1)}</pre>
      </details>
    ),
  },
]

function whoOf({ subject, keyId, role }: Entry): string {
  return [subject, keyId === null ? undefined : said.key(keyId), role.toLowerCase()].filter(Boolean).join(', ')
}

/** Who changed what, page by page. @param props.changes number of changes that were made on this page: after each, the log is read again */
export function AuditPanel({ changes }: { readonly changes: number }) {
  const { range, pagerOf } = usePage(PAGE)
  const [log, read] = useQuery({ query: AuditTrailDocument, variables: range })
  useReadAgain(changes, read)
  const rows = useMemo(() => (log.data?.auditLog?.edges ?? []).map(({ node }) => node), [log.data])
  return (
    <Panel title={said.title} note={said.note}>
      <Answer of={log} height={320}>
        {({ auditLog }) => (
          <DataTable
            label={said.title}
            rows={rows}
            columns={COLUMNS}
            keyOf={({ sequence }) => String(sequence)}
            operation={operation(AuditTrailDocument, range)}
            empty={{ title: said.empty }}
            foot={auditLog && pagerOf(auditLog.pageInfo)}
          />
        )}
      </Answer>
    </Panel>
  )
}
