import { CircleX } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { IconButton } from '../../design/button.tsx'
import { Notice, Placeholder } from '../../design/notice.tsx'
import { SurfaceNamesDocument } from '../../generated/console-experiments.ts'
import { SlateNowDocument } from '../../generated/console-user.ts'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { FailureNotice } from '../failure-notice.tsx'
import { Choice } from '../field.tsx'
import { ItemLink, itemName } from '../item-link.tsx'
import { durationText, numberText } from '../number-text.ts'
import { Note, Panel } from '../panel.tsx'
import { texts as shared } from '../texts.ts'
import { TickBox } from '../tick-box.tsx'
import { placementOf } from './placement.ts'
import { texts } from './texts.ts'
import { useDismissing } from './use-dismissing.ts'
import { type LiveSlateOptions, useLiveSlate } from './use-live-user.ts'
import styles from './user.module.css'
import { type ComparedItem, type ShownItem, WhyAbove } from './why-above.tsx'

const { slate: said } = texts
const { columns: titles } = said

/** The slate of a user at this moment. It changes with each action of the user. */
export function LiveSlate({ userId }: { readonly userId: string }) {
  const [options, setOptions] = useState<LiveSlateOptions>({ surface: null, isReal: false })
  const { slate, error, input } = useLiveSlate(userId, options)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const { isPossible, decide, failure } = useDismissing(userId)
  const columns = useMemo(() => {
    const compared = columnsOf(chosen, (itemId) => setChosen((before) => toggled(before, itemId)))
    return isPossible ? [...compared, dismissal((itemId) => decide(itemId, false))] : compared
  }, [chosen, isPossible, userId])
  const rows = useMemo(() => rowsOf(slate?.items ?? []), [slate])
  const [above, below] = rows.filter(({ item }) => chosen.includes(item.itemId))
  return (
    <>
      <Panel title={said.title} note={said.note} actions={<SlateFields options={options} onOptions={setOptions} />}>
        {error && <FailureNotice error={error} />}
        {failure !== undefined && <Notice kind="warning" title={failure} />}
        {slate?.warnings.map(({ code, message }) => (
          <Notice key={code + message} kind="warning" title={message} />
        ))}
        {slate ? (
          <DataTable
            label={said.title}
            of={userId}
            rows={rows}
            columns={columns}
            keyOf={({ item }) => item.itemId}
            operation={operation(SlateNowDocument, { input })}
            empty={{ title: said.empty }}
            foot={
              <Note>
                {said.ranked(slate.model, slate.policy.name)}, {said.took(durationText(slate.tookMs))}
              </Note>
            }
          />
        ) : (
          !error && <Placeholder label={shared.loading} height={590} />
        )}
      </Panel>
      {above && below && <WhyAbove above={above} below={below} operation={operation(SlateNowDocument, { input })} />}
    </>
  )
}

interface SlateFieldsProps {
  readonly options: LiveSlateOptions
  readonly onOptions: (options: LiveSlateOptions) => void
}

function SlateFields({ options, onOptions }: SlateFieldsProps) {
  const [{ data }] = useQuery({ query: SurfaceNamesDocument })
  return (
    <>
      <TickBox label={said.draws} isTicked={options.isReal} onTick={(isReal) => onOptions({ ...options, isReal })} />
      <Choice
        label={said.surface}
        value={options.surface ?? ''}
        onChange={({ target }) => onOptions({ ...options, surface: target.value || null })}
      >
        <option value="">{said.anySurface}</option>
        {(data?.surfaces ?? []).map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
    </>
  )
}

/** Keeps the two items that were chosen last. */
function toggled(chosen: readonly string[], itemId: string): readonly string[] {
  return chosen.includes(itemId) ? chosen.filter((other) => other !== itemId) : [...chosen, itemId].slice(-2)
}

function rowsOf(items: readonly ShownItem[]): ComparedItem[] {
  return items.map((item, i) => ({ ...item, placement: placementOf(item, items.slice(i + 1)) }))
}

const FIGURES: readonly Column<ComparedItem>[] = [
  { id: 'position', title: titles.position, value: ({ position }) => position, isNumber: true },
  {
    id: 'item',
    title: titles.item,
    isName: true,
    value: ({ item }) => item.itemId,
    cell: ({ item }) => <ItemLink item={item} />,
  },
  {
    id: 'score',
    title: titles.score,
    value: ({ score }) => score,
    cell: ({ score, placement }) => (
      <>
        {numberText(score)} {placement && <Note>{said.placements[placement]}</Note>}
      </>
    ),
    isNumber: true,
  },
  { id: 'reason', title: titles.reason, value: ({ reason }) => reason.text, isWide: true },
  {
    id: 'sources',
    title: titles.sources,
    value: ({ sources }) => sources.map(({ name }) => name).join(', '),
    cell: ({ sources }) => (
      <span className={styles.sources}>
        {sources.map(({ name, score }) => (
          <span key={name} title={score == null ? undefined : numberText(score)}>
            {name}
          </span>
        ))}
      </span>
    ),
  },
  {
    id: 'propensity',
    title: titles.propensity,
    value: ({ propensity }) => propensity,
    cell: ({ propensity }) => numberText(propensity),
    isNumber: true,
  },
]

/** @param onToggle called when the reader chooses an item to compare, or drops it */
function columnsOf(chosen: readonly string[], onToggle: (itemId: string) => void): Column<ComparedItem>[] {
  return [
    {
      id: 'compare',
      title: titles.compare,
      isControl: true,
      value: ({ item }) => chosen.includes(item.itemId),
      cell: ({ item }) => (
        <TickBox
          label={said.compare(itemName(item))}
          isLabelHidden
          isTicked={chosen.includes(item.itemId)}
          onTick={() => onToggle(item.itemId)}
        />
      ),
    },
    ...FIGURES,
  ]
}

/** @param onDismiss called when the reader takes an item out of the slates of the user */
function dismissal(onDismiss: (itemId: string) => void): Column<ComparedItem> {
  return {
    id: 'dismiss',
    title: titles.dismiss,
    isControl: true,
    value: () => undefined,
    cell: ({ item }) => (
      <IconButton label={said.dismiss(itemName(item))} onClick={() => onDismiss(item.itemId)}>
        <CircleX size={16} aria-hidden />
      </IconButton>
    ),
  }
}
