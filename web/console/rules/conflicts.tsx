import { useMemo } from 'react'
import { useQuery } from 'urql'
import { Notice } from '../../design/notice.tsx'
import { PinnedItemDocument, type PreviewedSlateFragment } from '../../generated/console-rules.ts'
import { Note } from '../panel.tsx'
import { conditionsOf, type DraftRules } from './draft-rules.ts'
import { filterText } from './rule-sentences.ts'
import { texts } from './texts.ts'
import { whyUnmet } from './unmet-pin.ts'

const { conflicts: said } = texts

type Warning = PreviewedSlateFragment['warnings'][number]

export interface ConflictsProps {
  readonly warnings: readonly (Warning & { readonly userId: string })[]
  /** All rules that would apply. */
  readonly rules: DraftRules
}

/** Says once each which rules cannot be met, and for whom. */
export function Conflicts({ warnings, rules }: ConflictsProps) {
  const byMessage = new Map<string, { readonly warning: Warning; readonly userIds: string[] }>()
  for (const { userId, ...warning } of warnings) {
    const same = byMessage.get(warning.message)
    if (same) same.userIds.push(userId)
    else byMessage.set(warning.message, { warning, userIds: [userId] })
  }
  if (byMessage.size === 0) return null
  return (
    <Notice kind="warning" title={said.title}>
      <ul>
        {[...byMessage.values()].map(({ warning, userIds }) => {
          const itemId = pinnedItemOf(warning, rules)
          return (
            <li key={warning.message}>
              {itemId === undefined ? warning.message : <PinConflict warning={warning} itemId={itemId} rules={rules} />}{' '}
              <Note>{said.for(userIds.join(', '))}</Note>
            </li>
          )
        })}
      </ul>
    </Notice>
  )
}

/** The item of a warning about a pin. Undefined for another warning, and if the rules have changed since. */
function pinnedItemOf({ field, message }: Warning, { pin }: DraftRules): string | undefined {
  const index = /^pin\.(\d+)\./.exec(field ?? '')?.[1]
  const itemId = pin?.[Number(index)]?.itemId
  return itemId !== undefined && message.startsWith(`${itemId} `) ? itemId : undefined
}

interface PinConflictProps {
  readonly warning: Warning
  readonly itemId: string
  readonly rules: DraftRules
}

/** Says which pinned item is not shown, and why, as far as this page can know. */
function PinConflict({ warning: { code, message }, itemId, rules }: PinConflictProps) {
  const variables = useMemo(
    () => ({ itemId, names: ['title', ...(conditionsOf(rules.filter) ?? []).map(({ attribute }) => attribute)] }),
    [itemId, rules.filter],
  )
  const [{ data }] = useQuery({ query: PinnedItemDocument, variables })
  if (!data) return <>{message}</>
  const { title } = data.item?.attributes ?? {}
  const name = title == null || title === itemId ? itemId : `${title} (${itemId})`
  const why = code === 'PIN_UNAVAILABLE' ? whyUnmet(itemId, data.item, rules) : undefined
  if (!why) return <>{name + message.slice(itemId.length)}</>
  return <>{why.because === 'filter' ? said.unmet.filter(name, filterText(why.condition)) : said.unmet[why.because](name)}</>
}
