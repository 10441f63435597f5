import type { Shape } from './shape.ts'

const Cookware: Shape = ({ palette: { main, shade, light, accent }, title }) => {
  if (/pan\b|wok|griddle|tray/.test(title) && !title.includes('saucepan'))
    return (
      <g>
        <path d="M128 92 L172 66" stroke={accent} strokeWidth="12" strokeLinecap="round" />
        <ellipse cx="90" cy="118" rx="56" ry="42" fill={shade} />
        <ellipse cx="90" cy="112" rx="56" ry="40" fill={main} />
        <ellipse cx="90" cy="112" rx="44" ry="30" fill={shade} opacity="0.6" />
        <path d="M62 106 Q74 92 94 92" stroke={light} strokeWidth="4" fill="none" strokeLinecap="round" />
      </g>
    )
  return (
    <g>
      <path d="M44 100 h112" stroke={accent} strokeWidth="12" strokeLinecap="round" />
      <path d="M54 90 H146 V146 Q146 162 130 162 H70 Q54 162 54 146 Z" fill={main} />
      <path d="M54 90 H146 V104 H54 Z" fill={shade} opacity="0.55" />
      <path d="M50 88 Q52 68 100 68 Q148 68 150 88 Z" fill={shade} />
      <circle cx="100" cy="62" r="8" fill={accent} />
      <path d="M70 118 V140" stroke={light} strokeWidth="6" strokeLinecap="round" opacity="0.8" />
    </g>
  )
}

const Tableware: Shape = ({ palette: { main, shade, light, accent }, title }) => {
  if (/plate|dish|bowl/.test(title))
    return (
      <g>
        <circle cx="100" cy="108" r="56" fill={main} />
        <circle cx="100" cy="108" r="46" fill={light} />
        <circle cx="100" cy="108" r="33" fill={main} opacity="0.55" />
        <path d="M100 84 q14 12 0 24 q-14 12 0 24" stroke={accent} strokeWidth="4" fill="none" strokeLinecap="round" />
      </g>
    )
  const isPot = /jug|teapot/.test(title)
  return (
    <g>
      <path d="M128 92 q34 -4 34 24 q0 26 -34 24" fill="none" stroke={shade} strokeWidth="10" />
      {isPot && <path d="M60 112 Q38 110 32 78" fill="none" stroke={shade} strokeWidth="11" strokeLinecap="round" />}
      <path d="M56 72 H132 V140 Q132 162 110 162 H78 Q56 162 56 140 Z" fill={main} />
      <ellipse cx="94" cy="72" rx="38" ry="9" fill={isPot ? shade : light} />
      {isPot && <circle cx="94" cy="58" r="8" fill={accent} />}
      <path d="M56 112 H132 V126 H56 Z" fill={accent} opacity="0.75" />
    </g>
  )
}

const Lighting: Shape = ({ palette: { main, shade, light, accent }, title }) => {
  const hangs = /pendant|lantern|ceiling/.test(title)
  return hangs ? (
    <g>
      <path d="M100 0 V70" stroke={shade} strokeWidth="4" />
      <path d="M58 132 L100 196 L142 132 Z" fill={accent} opacity="0.28" />
      <path d="M88 66 H112 L148 128 H52 Z" fill={main} />
      <ellipse cx="100" cy="128" rx="48" ry="9" fill={shade} />
      <ellipse cx="100" cy="130" rx="16" ry="8" fill="#fff3c9" />
      <path d="M92 76 L72 116" stroke={light} strokeWidth="4" strokeLinecap="round" opacity="0.8" />
    </g>
  ) : (
    <g>
      <path d="M52 102 L34 160 H166 L148 102 Z" fill={accent} opacity="0.22" />
      <path d="M100 100 V156" stroke={shade} strokeWidth="7" />
      <ellipse cx="100" cy="158" rx="34" ry="8" fill={shade} />
      <path d="M76 50 H124 L148 102 H52 Z" fill={main} />
      <path d="M52 102 H148 L145 95 H55 Z" fill="#fff3c9" />
      <path d="M82 60 L70 88" stroke={light} strokeWidth="5" strokeLinecap="round" opacity="0.8" />
    </g>
  )
}

const Bedding: Shape = ({ palette: { main, shade, light, accent }, title, number }) => {
  if (/pillow|cushion/.test(title))
    return (
      <g>
        <path d="M44 66 Q100 82 156 66 Q146 112 156 158 Q100 144 44 158 Q54 112 44 66 Z" fill={main} />
        <path d="M62 80 Q100 92 138 80 Q132 112 138 144 Q100 134 62 144 Q68 112 62 80 Z" fill={light} opacity="0.55" />
        {number % 2 === 0 && <circle cx="100" cy="112" r="10" fill={accent} />}
      </g>
    )
  return (
    <g>
      <rect x="40" y="132" width="120" height="28" rx="12" fill={shade} />
      <rect x="44" y="104" width="112" height="30" rx="12" fill={main} />
      <rect x="48" y="76" width="104" height="30" rx="12" fill={light} />
      <path d="M60 91 H140" stroke={main} strokeWidth="3" strokeDasharray={number % 2 === 0 ? '8 6' : '2 6'} />
      <path d="M118 76 h20 v84 h-20 z" fill={accent} opacity="0.8" />
    </g>
  )
}

const Garden: Shape = ({ palette: { main, shade, light, accent }, number }) => (
  <g>
    <path d="M100 104 Q62 96 58 48 Q98 52 100 104 Z" fill="#5d8f62" />
    <path d="M100 104 Q138 92 144 54 Q104 58 100 104 Z" fill="#4a7a52" />
    <path d="M100 104 Q84 66 100 34 Q116 66 100 104 Z" fill="#78a878" />
    {number % 2 === 0 && <circle cx="100" cy="40" r="11" fill={accent} />}
    <path d="M60 112 H140 L130 156 Q128 162 120 162 H80 Q72 162 70 156 Z" fill={main} />
    <rect x="54" y="98" width="92" height="18" rx="6" fill={shade} />
    <path d="M76 124 L82 152" stroke={light} strokeWidth="5" strokeLinecap="round" opacity="0.8" />
  </g>
)

const Toy: Shape = ({ palette: { main, shade, light, accent } }) => (
  <g>
    <rect x="46" y="112" width="50" height="50" rx="8" fill={main} />
    <rect x="104" y="112" width="50" height="50" rx="8" fill={accent} />
    <rect x="75" y="58" width="50" height="50" rx="8" fill={shade} />
    <circle cx="71" cy="137" r="13" fill={light} />
    <path d="M129 124 l13 24 h-26 z" fill={light} />
    <path d="M100 70 l8 18 h-16 z M88 94 h24" stroke={light} strokeWidth="4" fill="none" />
  </g>
)

/** Shapes of what stands in a home or a garden, by category. */
export const HOME_SHAPES: Readonly<Record<string, Shape>> = {
  cookware: Cookware,
  tableware: Tableware,
  lighting: Lighting,
  bedding: Bedding,
  garden: Garden,
  toys: Toy,
}
