import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import { Button } from '../../design/button.tsx'
import { Notice } from '../../design/notice.tsx'
import { Choice } from '../field.tsx'
import type { CatalogueSample } from '../found-item/use-catalogue-sample.ts'
import { Moment } from '../moment.tsx'
import { Panel } from '../panel.tsx'
import { useReader } from '../reader.ts'
import { texts as shared } from '../texts.ts'
import { areSame, type DraftRules, effectiveRules, hiddenKinds } from './draft-rules.ts'
import { Editor } from './editor.tsx'
import type { EditorProps } from './editor-props.ts'
import { keepFormerRules, keptFormerRules } from './former-rules.ts'
import { Preview, type PreviewProps } from './preview.tsx'
import { PublishDialog } from './publish-dialog.tsx'
import styles from './rules.module.css'
import { texts } from './texts.ts'
import { usePublish } from './use-publish.ts'

const { publish: said, conflicts } = texts

/** The published rules of a surface. */
export interface PublishedRules {
  readonly rules: DraftRules
  /** When they were published. */
  readonly at: string
}

export interface WorkbenchProps {
  /** Surface whose rules are edited; null for those of all surfaces. */
  readonly surface: string | null
  readonly surfaces: readonly string[]
  readonly bySurface: ReadonlyMap<string | null, PublishedRules>
  readonly sample: CatalogueSample
  /** Called after a change is published. */
  readonly onPublished: () => void
}

const NONE: DraftRules = {}

/** The rules of a surface: the fields to edit them, the preview beside them, and publishing. */
export function Workbench({ surface, surfaces, bySurface, sample, onPublished }: WorkbenchProps) {
  const published = bySurface.get(surface)
  const rules = published?.rules ?? NONE
  const ofAll = bySurface.get(null)?.rules ?? NONE
  const { draft, isChanged, change, replace } = useDraft(rules)
  const publishing = usePublishing(surface, { rules, publishedAt: published?.at ?? null, onPublished, replace })
  const hidden = surface === null ? [] : hiddenKinds(draft, ofAll)
  const pin = (itemId: string, position: number) =>
    change({
      pin: [...(draft.pin ?? []).filter((other) => other.itemId !== itemId && other.position !== position), { itemId, position }],
    })
  const hide = (itemId: string) => change({ exclude: [...(draft.exclude ?? []).filter((other) => other !== itemId), itemId] })
  return (
    <div className={styles.workbench}>
      <Panel title={surface === null ? texts.editorOfAll : texts.editor} note={<PublishedAt of={published} />}>
        <PublishBar isChanged={isChanged} onPublish={publishing.ask} onDiscard={() => replace(undefined)} />
        {publishing.former && !isChanged && <Published surface={surface} onUndo={publishing.undo} />}
        {hidden.length > 0 && (
          <Notice kind="warning" title={conflicts.hides(hidden.map((kind) => texts.kinds[kind]).join(', '))} />
        )}
        <Editor draft={draft} sample={sample} onChange={change} onReplace={replace} />
      </Panel>
      <PreviewPlace {...{ surface, surfaces, bySurface, draft: isChanged ? draft : undefined }} onPin={pin} onHide={hide} />
      {publishing.isAsking && (
        <PublishDialog
          surfaceName={surface ?? texts.allSurfaces}
          draft={draft}
          published={rules}
          nameOf={sample.nameOf}
          failure={publishing.failure}
          isBusy={publishing.isBusy}
          onPublish={() => publishing.send(draft)}
          onClose={publishing.close}
        />
      )}
    </div>
  )
}

/** The rules as they are edited. @param rules the published ones */
function useDraft(rules: DraftRules) {
  const [edited, replace] = useState<DraftRules>()
  const draft = edited ?? rules
  const change: EditorProps['onChange'] = (part) =>
    replace(Object.fromEntries(Object.entries({ ...draft, ...part }).filter(([, value]) => value !== undefined)))
  return { draft, isChanged: !areSame(draft, rules), change, replace }
}

interface PublishingOptions {
  /** The rules that are published now. */
  readonly rules: DraftRules
  /** When they were published; null if there are none. */
  readonly publishedAt: string | null
  readonly onPublished: () => void
  readonly replace: (draft: DraftRules) => void
}

/** Asks before it publishes, and can undo it until somebody else publishes. */
function usePublishing(surface: string | null, { rules, publishedAt, onPublished, replace }: PublishingOptions) {
  const [kept, setKept] = useState(() => keptFormerRules(surface))
  const former = kept?.replacedAt === publishedAt ? kept.rules : undefined
  const [isAsking, setAsking] = useState(false)
  const { publish, failure, isBusy, forget } = usePublish(surface)
  const send = async (next: DraftRules) => {
    const replacedAt = await publish(next)
    if (replacedAt === undefined) return
    keepFormerRules(surface, { rules, replacedAt })
    setKept({ rules, replacedAt })
    setAsking(false)
    replace(next)
    onPublished()
  }
  return {
    former,
    isAsking,
    failure,
    isBusy,
    ask: () => {
      forget()
      setAsking(true)
    },
    close: () => setAsking(false),
    send: (next: DraftRules) => void send(next),
    undo: () => former && void send(former),
  }
}

function PublishedAt({ of }: { readonly of: PublishedRules | undefined }) {
  if (!of) return texts.never
  return (
    <>
      {texts.updated} <Moment at={of.at} />
    </>
  )
}

function Published({ surface, onUndo }: { readonly surface: string | null; readonly onUndo: () => void }) {
  return (
    <Notice kind="empty" title={said.done(surface ?? texts.allSurfaces)}>
      <span className={styles.done}>
        <Button size="small" onClick={onUndo}>
          {said.undo}
        </Button>
        <Link href="/experiments">{said.effect}</Link>
      </span>
    </Notice>
  )
}

interface PreviewPlaceProps
  extends Pick<WorkbenchProps, 'surface' | 'surfaces' | 'bySurface'>,
    Pick<PreviewProps, 'onPin' | 'onHide'> {
  /** The rules as they are edited; undefined if they are as published. */
  readonly draft: DraftRules | undefined
}

/** The preview. Rules of all surfaces can be tried on each surface, whose own rules come first there. */
function PreviewPlace({ surface, surfaces, bySurface, draft, onPin, onHide }: PreviewPlaceProps) {
  const [chosen, setChosen] = useState<string | null>(null)
  const place = surface ?? chosen
  const rules = useMemo(() => {
    if (!draft) return undefined
    const of = (name: string | null) => bySurface.get(name)?.rules ?? NONE
    return surface === null ? effectiveRules(place === null ? NONE : of(place), draft) : effectiveRules(draft, of(null))
  }, [surface, place, bySurface, draft])
  return (
    <div className={styles.beside}>
      {surface === null && (
        <Choice label={texts.preview.surface} value={chosen ?? ''} onChange={({ target }) => setChosen(target.value || null)}>
          <option value="">{texts.preview.noSurface}</option>
          {surfaces.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Choice>
      )}
      <Preview surface={place} rules={rules} onPin={onPin} onHide={onHide} />
    </div>
  )
}

interface PublishBarProps {
  readonly isChanged: boolean
  readonly onPublish: () => void
  readonly onDiscard: () => void
}

function PublishBar({ isChanged, onPublish, onDiscard }: PublishBarProps) {
  const { role } = useReader()
  const mayPublish = role === 'admin'
  return (
    <div className={styles.publishBar}>
      <Button kind="primary" disabled={!isChanged || !mayPublish} onClick={onPublish}>
        {said.action}
      </Button>
      <Button kind="quiet" disabled={!isChanged} onClick={onDiscard}>
        {said.discard}
      </Button>
      {isChanged && <span className={styles.note}>{mayPublish ? texts.unpublished : shared.adminOnly}</span>}
    </div>
  )
}
