import { useEffect, useMemo, useState } from 'react'
import { useClient } from 'urql'
import { Notice, Placeholder } from '../../design/notice.tsx'
import { DriverUsersDocument, ScoreDriversDocument } from '../../generated/console-models.ts'
import { NameBars } from '../name-bars.tsx'
import { numberText } from '../number-text.ts'
import { Panel } from '../panel.tsx'
import { texts as shared } from '../texts.ts'
import { type ScoreDriver, scoreDrivers } from './score-drivers.ts'
import { texts } from './texts.ts'

const { card: said } = texts
const SHOWN = 15
const ROW_PX = 24

/** Which features drive the scores of the active model at this moment. */
export function DriversPanel() {
  const found = useDrivers()
  const shown = useMemo(() => found?.drivers.slice(0, SHOWN) ?? [], [found])
  if (!found) return <Placeholder label={shared.loading} height={SHOWN * ROW_PX} />
  return (
    <Panel title={said.drivers} note={said.driversNote(found.users)}>
      {shown.length === 0 ? (
        <Notice kind="empty" title={said.noDrivers} />
      ) : (
        <NameBars label={said.drivers} bars={shown} sizeText={numberText} />
      )}
    </Panel>
  )
}

/** Previews slates of a few users, one after the other. */
function useDrivers(): { readonly drivers: readonly ScoreDriver[]; readonly users: number } | undefined {
  const client = useClient()
  const [found, setFound] = useState<{ drivers: readonly ScoreDriver[]; users: number }>()
  useEffect(() => {
    let isOver = false
    const read = async () => {
      const { data } = await client.query(DriverUsersDocument, {}).toPromise()
      const userIds = (data?.users?.edges ?? []).map(({ node }) => node.userId)
      const items = []
      for (const userId of userIds) {
        const slate = await client.query(ScoreDriversDocument, { userId }).toPromise()
        items.push(...(slate.data?.recommendations?.items ?? []))
      }
      if (!isOver) setFound({ drivers: scoreDrivers(items), users: userIds.length })
    }
    void read()
    return () => {
      isOver = true
    }
  }, [client])
  return found
}
