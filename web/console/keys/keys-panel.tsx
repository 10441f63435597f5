import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { nodesOf } from '../../api/nodes-of.ts'
import { Button } from '../../design/button.tsx'
import { KeyListDocument } from '../../generated/console-keys.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { Moment } from '../moment.tsx'
import { Panel } from '../panel.tsx'
import { CreateKeyForm } from './create-key.tsx'
import type { ListedKey } from './listed-key.ts'
import { RevokeDialog } from './revoke-dialog.tsx'
import { texts } from './texts.ts'

const { keys: said } = texts

/** The keys of the service, and buttons to create and revoke some. @param props.onChanged called after a key was created or revoked */
export function KeysPanel({ onChanged }: { readonly onChanged: () => void }) {
  const [list, read] = useQuery({ query: KeyListDocument })
  const [revoked, setRevoked] = useState<ListedKey>()
  const keys = useMemo(() => nodesOf(list.data?.keys), [list.data])
  const columns = useMemo(() => columnsOf(setRevoked), [])
  const follow = () => {
    read()
    onChanged()
  }
  return (
    <Panel
      title={said.title}
      actions={<CreateKeyForm isFirst={list.data !== undefined && keys.length === 0} onCreated={follow} />}
    >
      <Answer of={list} height={200}>
        {() => (
          <DataTable
            label={said.title}
            rows={keys}
            columns={columns}
            keyOf={({ keyId }) => keyId}
            operation={operation(KeyListDocument)}
            empty={{ title: said.empty, advice: said.emptyAdvice }}
          />
        )}
      </Answer>
      {revoked && (
        <RevokeDialog
          of={revoked}
          onClose={() => setRevoked(undefined)}
          onDone={() => {
            setRevoked(undefined)
            follow()
          }}
        />
      )}
    </Panel>
  )
}

function columnsOf(onRevoke: (key: ListedKey) => void): Column<ListedKey>[] {
  return [
    { id: 'name', title: said.columns.name, value: ({ name }) => name },
    { id: 'role', title: said.columns.role, value: ({ role }) => texts.roles[role] },
    { id: 'keyId', title: said.columns.keyId, value: ({ keyId }) => keyId },
    {
      id: 'created',
      title: said.columns.created,
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Moment at={createdAt} />,
    },
    {
      id: 'used',
      title: said.columns.used,
      value: ({ lastUsedAt }) => lastUsedAt,
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? said.never : <Moment at={lastUsedAt} />),
    },
    {
      id: 'state',
      title: said.columns.state,
      value: ({ revokedAt }) => (revokedAt === null ? said.valid : said.revoked),
      cell: (key) =>
        key.revokedAt === null ? (
          <Button kind="quiet" size="small" onClick={() => onRevoke(key)}>
            {texts.revoke.action}
          </Button>
        ) : (
          said.revoked
        ),
    },
  ]
}
