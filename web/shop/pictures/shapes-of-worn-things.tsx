import type { Shape } from './shape.ts'

const Jacket: Shape = ({ palette: { main, shade, light, accent }, title, number }) => (
  <g>
    {/parka|anorak|raincoat/.test(title) && <path d="M78 60 Q78 34 100 34 Q122 34 122 60 Q100 74 78 60 Z" fill={shade} />}
    <path
      d="M70 58 L86 48 Q100 58 114 48 L130 58 L160 98 L143 112 L133 100 L135 162 L65 162 L67 100 L57 112 L40 98 Z"
      fill={main}
    />
    <path d="M86 48 Q100 58 114 48 L122 54 L101 82 L78 54 Z" fill={shade} />
    <path d="M100 80 V162" stroke={light} strokeWidth="3" />
    <path d="M74 126 h18 v18 h-18 z M108 126 h18 v18 h-18 z" fill={shade} opacity="0.55" />
    {number % 2 === 0 && <path d="M66 118 H134" stroke={shade} strokeWidth="4" opacity="0.5" />}
    <circle cx="106" cy="98" r="2.6" fill={accent} />
    <circle cx="106" cy="112" r="2.6" fill={accent} />
  </g>
)

const Shirt: Shape = ({ palette: { main, shade, light, accent }, title, number }) => {
  const hasButtons = /shirt|polo|blouse|cardigan/.test(title) && !title.includes('T-shirt')
  return (
    <g>
      <path
        d="M66 62 L86 52 Q100 66 114 52 L134 62 L164 92 L148 108 L134 96 L134 160 L66 160 L66 96 L52 108 L36 92 Z"
        fill={main}
      />
      <path d="M84 53 Q100 72 116 53 L121 56 Q100 84 79 56 Z" fill={shade} />
      {number % 3 === 0 && <path d="M67 104 H133 M67 120 H133 M67 136 H133" stroke={light} strokeWidth="6" />}
      {number % 3 === 1 && <path d="M112 94 h16 v18 l-8 5 l-8 -5 z" fill={shade} opacity="0.6" />}
      {hasButtons && <path d="M100 76 V158" stroke={shade} strokeWidth="2.5" strokeDasharray="0.1 15" strokeLinecap="round" />}
      {number % 3 === 2 && <circle cx="100" cy="112" r="15" fill={accent} opacity="0.85" />}
    </g>
  )
}

const Shoe: Shape = ({ palette: { main, shade, light, accent }, title }) => {
  const isBoot = /boots|hiking/.test(title)
  const isOpen = /sandals|slippers|clogs/.test(title)
  return (
    <g>
      {isBoot && <path d="M48 52 H92 L96 104 H46 Z" fill={main} />}
      {isBoot && <path d="M46 50 h48 v10 h-48 z" fill={shade} />}
      <path d="M44 150 Q40 108 50 92 L88 94 Q102 118 136 124 Q164 128 166 150 Z" fill={main} />
      <path d="M136 124 Q164 128 166 150 L140 150 Q142 136 136 124 Z" fill={shade} />
      <path d="M36 148 H168 Q172 160 162 162 H44 Q34 162 36 148 Z" fill={light} />
      {!isOpen && (
        <path d="M88 104 l14 -9 M97 114 l13 -10 M108 121 l11 -11" stroke={light} strokeWidth="4" strokeLinecap="round" />
      )}
      {isOpen && <path d="M62 98 Q100 84 128 126" stroke={accent} strokeWidth="12" fill="none" strokeLinecap="round" />}
      <circle cx="60" cy="120" r="5" fill={accent} />
    </g>
  )
}

const Bag: Shape = ({ palette: { main, shade, light, accent }, title }) => {
  if (/backpack|duffel|weekender/.test(title))
    return (
      <g>
        <path d="M82 58 Q82 38 100 38 Q118 38 118 58" fill="none" stroke={shade} strokeWidth="8" />
        <path d="M60 88 Q60 52 100 52 Q140 52 140 88 V152 Q140 162 130 162 H70 Q60 162 60 152 Z" fill={main} />
        <path d="M72 112 h56 v36 q0 8 -8 8 h-40 q-8 0 -8 -8 z" fill={shade} />
        <path d="M72 124 h56" stroke={light} strokeWidth="3" />
        <path d="M76 80 h48" stroke={light} strokeWidth="4" strokeLinecap="round" />
        <rect x="94" y="120" width="12" height="14" rx="3" fill={accent} />
      </g>
    )
  return (
    <g>
      <path d="M74 84 Q74 40 100 40 Q126 40 126 84" fill="none" stroke={shade} strokeWidth="7" />
      <path d="M50 80 H150 L158 154 Q158 162 150 162 H50 Q42 162 42 154 Z" fill={main} />
      <path d="M48 98 H152 L150 80 H50 Z" fill={shade} opacity="0.5" />
      <rect x="88" y="110" width="24" height="30" rx="5" fill={light} />
      <circle cx="74" cy="90" r="4" fill={accent} />
      <circle cx="126" cy="90" r="4" fill={accent} />
    </g>
  )
}

/** Shapes of what people wear or carry, by category. */
export const WORN_SHAPES: Readonly<Record<string, Shape>> = { jackets: Jacket, shirts: Shirt, shoes: Shoe, bags: Bag }
