import { axisFy, barX } from '@observablehq/plot'
import { useMemo } from 'react'
import { Notice } from '../../design/notice.tsx'
import { Chart } from '../chart.tsx'
import { countText, numberText, shareText } from '../number-text.ts'
import { Note, Panel } from '../panel.tsx'
import type { Drift, ModelDrift } from './drift-of-feature.ts'
import styles from './features.module.css'
import { texts } from './texts.ts'

const { drift: said } = texts
const BIN_PX = 34
const COLOURS: Readonly<Record<string, string>> = { [said.training]: 'var(--line-strong)', [said.lately]: 'var(--accent)' }
/** Usual limits of the index. */
const [SMALL, LARGE] = [0.1, 0.25]

/** How the values of a feature that a model reads differ from those of its training. */
export function DriftPanel({ name, of: { model, slates, drift } }: { readonly name: string; readonly of: ModelDrift }) {
  const title = said.title(name, model)
  if (!slates || !drift) {
    const isKnown = slates === 0 && drift !== undefined
    return (
      <Panel title={title}>
        <Notice kind="empty" title={isKnown ? said.none : said.unknown}>
          {isKnown ? said.noneAdvice : said.unknownAdvice}
        </Notice>
      </Panel>
    )
  }
  return (
    <Panel title={title} note={said.note(countText(slates))}>
      <p>{drift.psi === null ? said.tooFew(slates) : said.psi(numberText(drift.psi), verdictOf(drift.psi))}</p>
      <DriftChart name={name} drift={drift} />
      <p className={styles.legend}>
        {Object.entries(COLOURS).map(([side, colour]) => (
          <span key={side}>
            <svg viewBox="0 0 10 10" aria-hidden>
              <rect width="10" height="10" rx="2" fill={colour} />
            </svg>
            <Note>{side}</Note>
          </span>
        ))}
      </p>
    </Panel>
  )
}

function verdictOf(psi: number): string {
  return psi < SMALL ? said.verdicts.small : psi < LARGE ? said.verdicts.middling : said.verdicts.large
}

interface Share {
  readonly bin: string
  readonly side: string
  readonly share: number
}

function DriftChart({ name, drift }: { readonly name: string; readonly drift: Drift }) {
  const shares = useMemo(() => sharesOf(drift), [drift])
  const options = useMemo(
    () => ({
      marginLeft: 110,
      marginRight: 16,
      marginTop: 4,
      marginBottom: 28,
      x: { label: null, ticks: 4, tickFormat: shareText, grid: true },
      y: { axis: null, domain: [said.training, said.lately] },
      fy: { axis: null, domain: [...new Set(shares.map(({ bin }) => bin))], padding: 0.25 },
      marks: [
        axisFy({ anchor: 'left', label: null, tickSize: 0 }),
        barX(shares, { x: 'share', y: 'side', fy: 'bin', fill: ({ side }: Share) => COLOURS[side] }),
      ],
      color: { type: 'identity' as const },
    }),
    [shares],
  )
  const spoken = shares.map(({ bin, side, share }) => `${bin} ${side} ${shareText(share)}`).join(', ')
  return <Chart label={`${said.chart(name)}: ${spoken}`} height={(shares.length / 2) * BIN_PX + 32} options={options} />
}

function sharesOf({ bins, missingInTraining, missingLately }: Drift): Share[] {
  const both = (bin: string, training: number, lately: number) => [
    { bin, side: said.training, share: training },
    { bin, side: said.lately, share: lately },
  ]
  const ends = bins.map(({ upTo }) => upTo)
  const nameOf = (i: number) => {
    const [end, before] = [ends[i], ends[i - 1]]
    if (end != null) return said.upTo(numberText(end))
    return before == null ? said.all : said.above(numberText(before))
  }
  return [
    ...bins.flatMap(({ training, lately }, i) => both(nameOf(i), training, lately)),
    ...(missingInTraining > 0 || missingLately > 0 ? both(said.missing, missingInTraining, missingLately) : []),
  ]
}
