/** Colours of a picture. */
export interface Palette {
  readonly back: string
  /** A second tone of the background. */
  readonly halo: string
  readonly main: string
  /** Darker than `main`. */
  readonly shade: string
  /** Lighter than `main`. */
  readonly light: string
  /** A small part in another colour. */
  readonly accent: string
}

const PALETTES: readonly Palette[] = [
  { back: '#e6eef2', halo: '#d5e3ea', main: '#3d7390', shade: '#28536b', light: '#a9cbdb', accent: '#e0a458' },
  { back: '#f3ece4', halo: '#e9dccb', main: '#b5764a', shade: '#8a5330', light: '#e4c3a5', accent: '#3f6c6a' },
  { back: '#e7efe8', halo: '#d5e4d8', main: '#55805f', shade: '#395c43', light: '#b4d0b9', accent: '#d98b5f' },
  { back: '#f4e8e8', halo: '#ead5d6', main: '#b25d66', shade: '#864049', light: '#e3b2b7', accent: '#39546e' },
  { back: '#ebe9f3', halo: '#dbd7ea', main: '#6d64a3', shade: '#4c4479', light: '#c0badf', accent: '#d9a441' },
  { back: '#f6f0dc', halo: '#ece1bf', main: '#c39a36', shade: '#94721f', light: '#ecd69b', accent: '#4a6b8a' },
  { back: '#e8eaed', halo: '#d7dbe1', main: '#56616f', shade: '#39424d', light: '#b6bfca', accent: '#c9605b' },
  { back: '#e3f0ee', halo: '#cfe4e0', main: '#2f8479', shade: '#1d5f57', light: '#9fd2cb', accent: '#e08a76' },
  { back: '#f2e9ef', halo: '#e6d6e1', main: '#94587f', shade: '#6c3d5b', light: '#d7b1ca', accent: '#5b8a72' },
  { back: '#efeae6', halo: '#e1d8d1', main: '#7b6455', shade: '#57463b', light: '#cbb9ad', accent: '#3c7d93' },
]

/** Picks colours by a number. The same number always gives the same colours. */
export function paletteOf(number: number): Palette {
  return PALETTES[number % PALETTES.length]
}

/** Makes a whole number of 32 bits from a text, by the hash FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}
