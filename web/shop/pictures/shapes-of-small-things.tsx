import type { Shape } from './shape.ts'

const Coffee: Shape = ({ palette: { main, shade, light, accent } }) => (
  <g>
    <path d="M64 62 H136 L142 154 Q142 162 134 162 H66 Q58 162 58 154 Z" fill={main} />
    <path d="M64 46 H136 V66 H64 Z" fill={shade} />
    <path d="M64 56 H136" stroke={light} strokeWidth="2" strokeDasharray="4 4" />
    <rect x="74" y="84" width="52" height="58" rx="6" fill={light} />
    <ellipse cx="100" cy="113" rx="13" ry="19" fill={shade} transform="rotate(24 100 113)" />
    <path d="M106 97 Q92 112 95 130" stroke={accent} strokeWidth="3.5" fill="none" strokeLinecap="round" />
  </g>
)

const Skincare: Shape = ({ palette: { main, shade, light, accent }, title }) => {
  if (/cream|balm/.test(title))
    return (
      <g>
        <rect x="54" y="98" width="92" height="64" rx="16" fill={main} />
        <rect x="50" y="74" width="100" height="30" rx="9" fill={shade} />
        <path d="M60 84 H140" stroke={light} strokeWidth="3" opacity="0.5" />
        <rect x="74" y="116" width="52" height="30" rx="5" fill={light} />
        <path d="M90 131 q10 -16 20 0 q-10 12 -20 0 z" fill={accent} />
      </g>
    )
  return (
    <g>
      <rect x="88" y="40" width="24" height="30" rx="5" fill={shade} />
      <path d="M82 68 H118 V78 Q130 82 130 96 V150 Q130 162 118 162 H82 Q70 162 70 150 V96 Q70 82 82 78 Z" fill={main} />
      <rect x="78" y="100" width="44" height="42" rx="5" fill={light} />
      <path d="M100 108 q12 14 0 26 q-12 -12 0 -26 z" fill={accent} />
    </g>
  )
}

const Audio: Shape = ({ palette: { main, shade, light, accent }, title }) => {
  if (/speaker|soundbar|radio|microphone|boombox/.test(title))
    return (
      <g>
        <rect x="52" y="60" width="96" height="102" rx="14" fill={main} />
        <circle cx="100" cy="122" r="29" fill={shade} />
        <circle cx="100" cy="122" r="14" fill={light} />
        <circle cx="100" cy="80" r="11" fill={shade} />
        <circle cx="132" cy="74" r="4" fill={accent} />
      </g>
    )
  return (
    <g>
      <path d="M54 118 Q50 50 100 50 Q150 50 146 118" fill="none" stroke={shade} strokeWidth="11" />
      <rect x="40" y="106" width="32" height="54" rx="14" fill={main} />
      <rect x="128" y="106" width="32" height="54" rx="14" fill={main} />
      <rect x="64" y="112" width="12" height="42" rx="6" fill={light} />
      <rect x="124" y="112" width="12" height="42" rx="6" fill={light} />
      <circle cx="50" cy="133" r="5" fill={accent} />
    </g>
  )
}

const Stationery: Shape = ({ palette: { main, shade, light, accent } }) => (
  <g>
    <rect x="62" y="48" width="86" height="114" rx="7" fill={light} />
    <rect x="54" y="44" width="86" height="114" rx="7" fill={main} />
    <path d="M54 51 Q54 44 61 44 H70 V158 H61 Q54 158 54 151 Z" fill={shade} />
    <rect x="82" y="66" width="44" height="26" rx="4" fill={light} />
    <path d="M126 44 V158" stroke={accent} strokeWidth="6" />
  </g>
)

const Cycling: Shape = ({ palette: { main, shade, light, accent } }) => (
  <g>
    <path d="M40 126 Q44 62 104 62 Q158 64 160 126 Q100 140 40 126 Z" fill={main} />
    <path
      d="M66 112 Q72 80 98 74 M96 116 Q98 84 112 74 M128 116 Q128 92 122 80"
      stroke={shade}
      strokeWidth="9"
      fill="none"
      strokeLinecap="round"
    />
    <path d="M40 122 Q100 138 160 122 V132 Q100 148 40 132 Z" fill={light} />
    <path d="M64 136 Q72 162 96 160 M136 136 Q128 160 96 160" stroke={accent} strokeWidth="5" fill="none" strokeLinecap="round" />
  </g>
)

const Pantry: Shape = ({ palette: { main, shade, light, accent }, title }) => (
  <g>
    {/oil|vinegar/.test(title) ? (
      <path d="M88 44 H112 V72 Q132 82 132 104 V150 Q132 162 120 162 H80 Q68 162 68 150 V104 Q68 82 88 72 Z" fill={main} />
    ) : (
      <path d="M62 74 H138 Q142 80 142 90 V148 Q142 162 128 162 H72 Q58 162 58 148 V90 Q58 80 62 74 Z" fill={main} />
    )}
    {/oil|vinegar/.test(title) ? (
      <rect x="86" y="34" width="28" height="14" rx="4" fill={shade} />
    ) : (
      <rect x="56" y="56" width="88" height="20" rx="6" fill={shade} />
    )}
    <rect x="72" y="102" width="56" height="42" rx="6" fill={light} />
    <circle cx="100" cy="123" r="11" fill={accent} />
  </g>
)

/** Shapes of what is used up, heard, read or ridden, by category. */
export const SMALL_SHAPES: Readonly<Record<string, Shape>> = {
  coffee: Coffee,
  skincare: Skincare,
  audio: Audio,
  stationery: Stationery,
  cycling: Cycling,
  pantry: Pantry,
}
