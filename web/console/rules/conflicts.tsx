import { Notice } from '../../design/notice.tsx'
import type { PreviewedSlateFragment } from '../../generated/console-rules.ts'
import { texts } from './texts.ts'

const { conflicts: said } = texts

type Warning = PreviewedSlateFragment['warnings'][number] & { readonly userId: string }

/** Says once each which rules cannot be met, and for whom. */
export function Conflicts({ warnings }: { readonly warnings: readonly Warning[] }) {
  const users = new Map<string, string[]>()
  for (const { message, userId } of warnings) users.set(message, [...(users.get(message) ?? []), userId])
  if (users.size === 0) return null
  return (
    <Notice kind="warning" title={said.title}>
      <ul>
        {[...users].map(([message, of]) => (
          <li key={message}>
            {message} ({said.for(of.join(', '))})
          </li>
        ))}
      </ul>
    </Notice>
  )
}
