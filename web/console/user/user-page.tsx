import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { Notice } from '../../design/notice.tsx'
import { UserChangesDocument, UserProfileDocument } from '../../generated/console-user.ts'
import { Answer } from '../answer.tsx'
import { AttributeTable } from '../attribute-table.tsx'
import { operation } from '../copied-operation.ts'
import { FailureNotice } from '../failure-notice.tsx'
import { FeatureTable } from '../feature-table.tsx'
import { Columns, Panel } from '../panel.tsx'
import { LEAD_TO_COME, SectionHead } from '../section-head.tsx'
import { LiveSlate } from './live-slate.tsx'
import { Sessions } from './sessions.tsx'
import { texts } from './texts.ts'
import { Timeline } from './timeline.tsx'
import { useLiveUser } from './use-live-user.ts'

export interface UserPageProps {
  readonly userId: string
  /** The field for another id. */
  readonly form: ReactNode
}

/** All about one user. Figures, events and the slate follow what the user does. */
export function UserPage({ userId, form }: UserPageProps) {
  const variables = { userId }
  const [profile] = useQuery({ query: UserProfileDocument, variables })
  const { changes, error, timeline } = useLiveUser(userId)
  // Each may know the user before the others: they are read at different moments.
  const isKnown = Boolean(profile.data?.user ?? timeline.data?.user ?? changes?.version)
  const isUnknown = profile.data !== undefined && !profile.error && !isKnown
  const lead = changes ? changes.version > 0 && `${texts.live} ${texts.version(changes.version)}` : LEAD_TO_COME
  return (
    <>
      <SectionHead title={<bdi>{userId}</bdi>} lead={lead} actions={form} />
      {isUnknown && (
        <Notice kind="empty" title={texts.unknown(userId)}>
          {texts.unknownAdvice}
        </Notice>
      )}
      {error && <FailureNotice error={error} />}
      <LiveSlate userId={userId} />
      <Columns isRagged>
        <Timeline userId={userId} result={timeline} />
        <Panel title={texts.features.title} note={texts.features.note}>
          <FeatureTable
            label={texts.features.title}
            of={userId}
            features={changes?.features ?? profile.data?.user?.features ?? NONE}
            operation={operation(UserChangesDocument, variables)}
            empty={texts.features.empty}
          />
        </Panel>
      </Columns>
      <Columns isRagged>
        <Sessions userId={userId} events={timeline.data?.user?.events?.edges} version={changes?.version} />
        <Panel title={texts.attributes.title}>
          <Answer of={profile} height={120}>
            {({ user }) => (
              <AttributeTable
                label={texts.attributes.title}
                of={userId}
                attributes={user?.attributes ?? NO_ATTRIBUTES}
                operation={operation(UserProfileDocument, variables)}
                empty={texts.attributes.empty}
              />
            )}
          </Answer>
        </Panel>
      </Columns>
    </>
  )
}

const NONE: readonly never[] = []
const NO_ATTRIBUTES = {}
