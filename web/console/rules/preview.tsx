import { useCallback, useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { Notice } from '../../design/notice.tsx'
import { type PreviewedSlateFragment, PreviewUsersDocument } from '../../generated/console-rules.ts'
import { IdForm } from '../id-form.tsx'
import { Panel } from '../panel.tsx'
import { Conflicts } from './conflicts.tsx'
import type { DraftRules } from './draft-rules.ts'
import { PreviewUser, type PreviewUserProps } from './preview-user.tsx'
import styles from './rules.module.css'
import { texts } from './texts.ts'
import { useSettled } from './use-preview.ts'

const { preview: said } = texts
const MOST_USERS = 4

export interface PreviewProps extends Pick<PreviewUserProps, 'surface' | 'version' | 'onPin' | 'onHide'> {
  /** All rules that would apply on the surface. */
  readonly rules: DraftRules
  /** Whether these rules are published as they are. */
  readonly arePublished: boolean
}

/** Slates of some users before and after, and what does not fit together. */
export function Preview({ surface, rules, arePublished, version, onPin, onHide }: PreviewProps) {
  const [{ data }] = useQuery({ query: PreviewUsersDocument })
  const [chosen, setChosen] = useState<readonly string[]>()
  const [warnings, setWarnings] = useState<ReadonlyMap<string, PreviewedSlateFragment['warnings']>>(new Map())
  const active = useMemo(() => (data?.users?.edges ?? []).map(({ node }) => node.userId), [data])
  const users = chosen ?? active
  const tried = arePublished ? undefined : rules
  const settled = useSettled(tried)
  const onWarnings = useCallback(
    (userId: string, of: PreviewedSlateFragment['warnings']) => setWarnings((before) => new Map(before).set(userId, of)),
    [],
  )
  const shownWarnings = useMemo(
    () => users.flatMap((userId) => (warnings.get(userId) ?? []).map((warning) => ({ userId, ...warning }))),
    [users, warnings],
  )
  return (
    <Panel
      title={said.title}
      note={said.note}
      actions={
        <IdForm
          label={said.user}
          action={said.add}
          value=""
          onId={(userId) => setChosen([...users.filter((other) => other !== userId), userId].slice(-MOST_USERS))}
        />
      }
    >
      <Conflicts warnings={shownWarnings} rules={rules} />
      {data && users.length === 0 && <Notice kind="empty" title={said.noUsers} />}
      <div className={styles.previews}>
        {users.map((userId) => (
          <PreviewUser
            key={userId}
            userId={userId}
            surface={surface}
            rules={settled}
            version={version}
            isSettling={settled !== tried}
            onRemove={() => setChosen(users.filter((other) => other !== userId))}
            onPin={onPin}
            onHide={onHide}
            onWarnings={onWarnings}
          />
        ))}
      </div>
    </Panel>
  )
}
