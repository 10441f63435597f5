import { useMemo, useState } from 'react'
import { Button } from '../../design/button.tsx'
import { Notice } from '../../design/notice.tsx'
import { Choice } from '../field.tsx'
import type { CatalogueSample } from '../found-item/use-catalogue-sample.ts'
import { Moment } from '../moment.tsx'
import { Panel } from '../panel.tsx'
import { useReader } from '../reader.ts'
import { texts as shared } from '../texts.ts'
import { type DraftRules, effectiveRules, hiddenKinds } from './draft-rules.ts'
import { Editor } from './editor.tsx'
import { LastPublication } from './last-publication.tsx'
import { Preview, type PreviewProps } from './preview.tsx'
import { PublishDialog } from './publish-dialog.tsx'
import styles from './rules.module.css'
import { texts } from './texts.ts'
import { type Draft, useDraft } from './use-draft.ts'
import { usePublishing } from './use-publishing.ts'

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
  /** Reads the published rules again. */
  readonly read: () => void
}

const NONE: DraftRules = {}

/** The rules of a surface: the fields to edit them, the preview beside them, and publishing. */
export function Workbench({ surface, surfaces, bySurface, sample, read }: WorkbenchProps) {
  const published = bySurface.get(surface)
  const rules = published?.rules ?? NONE
  const ofAll = bySurface.get(null)?.rules ?? NONE
  const publishedAt = published?.at ?? null
  const draft = useDraft(surface, rules, publishedAt)
  const { pin: pins = [], exclude = [] } = draft.rules
  const publishing = usePublishing(surface, { rules, publishedAt, read, onSent: draft.follow })
  const hidden = surface === null ? [] : hiddenKinds(draft.rules, ofAll)
  const pin = (itemId: string, position: number) =>
    draft.change({
      pin: [...pins.filter((other) => other.itemId !== itemId && other.position !== position), { itemId, position }],
    })
  const hide = (itemId: string) => draft.change({ exclude: [...exclude.filter((other) => other !== itemId), itemId] })
  return (
    <div className={styles.workbench}>
      <Panel title={surface === null ? texts.editorOfAll : texts.editor} note={<PublishedAt of={published} />}>
        <PublishBar draft={draft} onPublish={publishing.ask} />
        {publishing.last && !draft.isChanged && (
          <LastPublication of={publishing.last} surface={surface} isEmpty={published === undefined} />
        )}
        {publishing.failure && !publishing.isAsking && (
          <Notice kind="error" title={shared.notDone}>
            {publishing.failure}
          </Notice>
        )}
        {hidden.length > 0 && (
          <Notice kind="warning" title={conflicts.hides(hidden.map((kind) => texts.kinds[kind]).join(', '))} />
        )}
        <Editor draft={draft.rules} sample={sample} onChange={draft.change} onReplace={draft.replace} />
      </Panel>
      <PreviewPlace
        {...{ surface, surfaces, bySurface, draft: draft.isChanged ? draft.rules : undefined }}
        onPin={pin}
        onHide={hide}
      />
      {publishing.isAsking && (
        <PublishDialog
          surfaceName={surface ?? texts.allSurfaces}
          draft={draft.rules}
          published={rules}
          isOutdated={draft.isOutdated}
          nameOf={sample.nameOf}
          failure={publishing.failure}
          isBusy={publishing.isBusy}
          onPublish={() => publishing.send(draft.rules)}
          onClose={publishing.close}
        />
      )}
    </div>
  )
}

function PublishedAt({ of }: { readonly of: PublishedRules | undefined }) {
  if (!of) return texts.never
  return (
    <>
      {texts.updated} <Moment at={of.at} />
    </>
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
    const of = (name: string | null) => (draft && name === surface ? draft : (bySurface.get(name)?.rules ?? NONE))
    return place === null ? of(null) : effectiveRules(of(place), of(null))
  }, [surface, place, bySurface, draft])
  const version = [place, null].map((name) => bySurface.get(name)?.at).join(' ')
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
      <Preview surface={place} rules={rules} arePublished={draft === undefined} version={version} onPin={onPin} onHide={onHide} />
    </div>
  )
}

interface PublishBarProps {
  readonly draft: Draft
  readonly onPublish: () => void
}

function PublishBar({ draft: { isChanged, isFromBefore, discard, restore }, onPublish }: PublishBarProps) {
  const { role } = useReader()
  const mayPublish = role === 'admin'
  return (
    <div className={styles.publishBar}>
      <Button kind="primary" disabled={!isChanged || !mayPublish} onClick={onPublish}>
        {said.action}
      </Button>
      <Button kind="quiet" disabled={!isChanged} onClick={discard}>
        {said.discard}
      </Button>
      {isChanged && (
        <span className={styles.note}>
          {isFromBefore ? texts.fromBefore : texts.unpublished} {!mayPublish && shared.adminOnly}
        </span>
      )}
      {restore && (
        <span className={styles.note}>
          {said.discarded}{' '}
          <Button size="small" onClick={restore}>
            {said.restore}
          </Button>
        </span>
      )}
    </div>
  )
}
