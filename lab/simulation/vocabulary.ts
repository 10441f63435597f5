/** The words and price range of one category of the simulated shop. All names of brands are invented. */
export type CategoryVocabulary = {
  name: string
  nouns: readonly string[]
  materials: readonly string[]
  /** Median price, in the shop's currency. */
  medianPrice: number
  /** Deviation of the logarithm of the price. */
  priceSpread: number
  /** Bought again when it is used up. */
  consumable: boolean
  /** Categories whose items are bought together with this one's. */
  goesWith: readonly string[]
}

/** Words that begin the names of items. */
export const ADJECTIVES: readonly string[] = [
  'Classic',
  'Everyday',
  'Modern',
  'Simple',
  'Signature',
  'Heritage',
  'Essential',
  'Original',
  'Favourite',
  'Premium',
  'Small',
  'Large',
  'Seasonal',
  'Weekend',
  'Village',
  'Harbour',
]

/** Invented names, one of which each item has as the value of its attribute `brand`. */
export const BRANDS: readonly string[] = [
  'Alderby',
  'Brackmoor',
  'Corvane',
  'Dunhollow',
  'Elmsworth',
  'Fernlea',
  'Gorsewick',
  'Hartmere',
  'Islaven',
  'Juniperra',
  'Kestrelby',
  'Larkfold',
  'Mossgate',
  'Nettlefold',
  'Oakenrow',
  'Pellwick',
  'Quarrendale',
  'Rowanstead',
  'Sableford',
  'Thistlemoor',
  'Umberleigh',
  'Vantry',
  'Wexhollow',
  'Yarrowby',
]

/** Categories that a simulated shop can have. A shop with fewer categories has the first of them. */
export const CATEGORIES: readonly CategoryVocabulary[] = [
  {
    name: 'jackets',
    nouns: ['parka', 'raincoat', 'blazer', 'anorak', 'overcoat', 'gilet', 'bomber jacket', 'cape'],
    materials: ['wool', 'waxed cotton', 'denim', 'fleece', 'padded', 'corduroy', 'suede', 'tweed'],
    medianPrice: 110,
    priceSpread: 0.5,
    consumable: false,
    goesWith: ['shirts', 'shoes'],
  },
  {
    name: 'shirts',
    nouns: ['shirt', 'polo', 'blouse', 'T-shirt', 'tunic', 'pullover', 'cardigan', 'vest'],
    materials: ['cotton', 'linen', 'flannel', 'merino', 'bamboo', 'silk', 'jersey', 'chambray'],
    medianPrice: 38,
    priceSpread: 0.45,
    consumable: false,
    goesWith: ['jackets', 'bags'],
  },
  {
    name: 'shoes',
    nouns: ['trainers', 'boots', 'loafers', 'sandals', 'brogues', 'clogs', 'slippers', 'hiking shoes'],
    materials: ['leather', 'canvas', 'suede', 'nubuck', 'woven', 'vegan', 'waxed', 'lined'],
    medianPrice: 79,
    priceSpread: 0.5,
    consumable: false,
    goesWith: ['jackets', 'bags'],
  },
  {
    name: 'bags',
    nouns: ['backpack', 'tote bag', 'messenger bag', 'weekender', 'belt bag', 'satchel', 'duffel', 'wallet'],
    materials: ['leather', 'canvas', 'nylon', 'recycled', 'waxed cotton', 'felt', 'cork', 'ripstop'],
    medianPrice: 65,
    priceSpread: 0.6,
    consumable: false,
    goesWith: ['shoes', 'stationery'],
  },
  {
    name: 'cookware',
    nouns: ['frying pan', 'saucepan', 'casserole', 'wok', 'baking tray', 'kettle', 'steamer', 'griddle'],
    materials: ['cast iron', 'steel', 'copper', 'ceramic', 'enamel', 'aluminium', 'carbon steel', 'hammered'],
    medianPrice: 48,
    priceSpread: 0.6,
    consumable: false,
    goesWith: ['tableware', 'pantry'],
  },
  {
    name: 'tableware',
    nouns: ['mug', 'dinner plate', 'bowl', 'tumbler', 'jug', 'serving dish', 'side plate', 'teapot'],
    materials: ['stoneware', 'porcelain', 'glass', 'enamel', 'earthenware', 'bone china', 'glazed', 'terracotta'],
    medianPrice: 22,
    priceSpread: 0.55,
    consumable: false,
    goesWith: ['coffee', 'cookware'],
  },
  {
    name: 'coffee',
    nouns: [
      'espresso beans',
      'filter beans',
      'ground coffee',
      'decaf beans',
      'cold brew',
      'coffee capsules',
      'mocha blend',
      'coffee sampler',
    ],
    materials: ['Colombian', 'Ethiopian', 'Brazilian', 'Kenyan', 'Sumatran', 'single-farm', 'dark-roast', 'honey-processed'],
    medianPrice: 14,
    priceSpread: 0.35,
    consumable: true,
    goesWith: ['tableware', 'pantry'],
  },
  {
    name: 'skincare',
    nouns: ['face cream', 'cleanser', 'serum', 'lip balm', 'hand cream', 'toner', 'body oil', 'sun cream'],
    materials: ['almond', 'oat', 'aloe', 'rose', 'shea', 'calendula', 'green tea', 'seaweed'],
    medianPrice: 19,
    priceSpread: 0.55,
    consumable: true,
    goesWith: ['bedding', 'bags'],
  },
  {
    name: 'lighting',
    nouns: ['desk lamp', 'floor lamp', 'pendant', 'wall light', 'lantern', 'table lamp', 'bedside lamp', 'ceiling light'],
    materials: ['brass', 'linen', 'paper', 'glass', 'oak', 'rattan', 'steel', 'ceramic'],
    medianPrice: 58,
    priceSpread: 0.6,
    consumable: false,
    goesWith: ['bedding', 'stationery'],
  },
  {
    name: 'bedding',
    nouns: ['duvet cover', 'blanket', 'bed sheet', 'quilt', 'throw', 'pillowcase', 'bedspread', 'cushion cover'],
    materials: ['cotton', 'linen', 'woven', 'washed', 'bamboo', 'sateen', 'flannel', 'striped'],
    medianPrice: 54,
    priceSpread: 0.5,
    consumable: false,
    goesWith: ['lighting', 'skincare'],
  },
  {
    name: 'audio',
    nouns: ['headphones', 'earbuds', 'headset', 'speaker', 'soundbar', 'radio', 'microphone', 'boombox'],
    materials: ['wireless', 'studio', 'portable', 'travel', 'retro', 'home', 'rechargeable', 'stereo'],
    medianPrice: 120,
    priceSpread: 0.7,
    consumable: false,
    goesWith: ['bags', 'lighting'],
  },
  {
    name: 'garden',
    nouns: ['planter', 'plant pot', 'window box', 'trough', 'hanging basket', 'plant stand', 'bird bath', 'flower bowl'],
    materials: ['zinc', 'terracotta', 'steel', 'willow', 'copper', 'recycled', 'stone', 'glazed'],
    medianPrice: 31,
    priceSpread: 0.6,
    consumable: false,
    goesWith: ['lighting', 'tableware'],
  },
  {
    name: 'stationery',
    nouns: ['notebook', 'planner', 'sketchbook', 'letter set', 'pen case', 'desk pad', 'photo album', 'folder'],
    materials: ['linen', 'leather', 'recycled', 'kraft', 'clothbound', 'marbled', 'striped', 'cork'],
    medianPrice: 16,
    priceSpread: 0.5,
    consumable: true,
    goesWith: ['bags', 'lighting'],
  },
  {
    name: 'cycling',
    nouns: ['helmet', 'bike light', 'pannier', 'gloves', 'bottle cage', 'saddle', 'pump', 'bike lock'],
    materials: ['reflective', 'lightweight', 'touring', 'road', 'city', 'weatherproof', 'commuter', 'racing'],
    medianPrice: 42,
    priceSpread: 0.55,
    consumable: false,
    goesWith: ['jackets', 'audio'],
  },
  {
    name: 'toys',
    nouns: ['train set', 'building blocks', 'puzzle', 'stacking tower', 'doll', 'board game', 'spinning top', 'marble run'],
    materials: ['beech', 'maple', 'painted', 'wooden', 'giant', 'travel', 'rainbow', 'handmade'],
    medianPrice: 27,
    priceSpread: 0.5,
    consumable: false,
    goesWith: ['stationery', 'bedding'],
  },
  {
    name: 'pantry',
    nouns: ['olive oil', 'granola', 'honey', 'chutney', 'pasta', 'sea salt', 'dark chocolate', 'vinegar'],
    materials: ['organic', 'Tuscan', 'farmhouse', 'artisan', 'island', 'hillside', 'coastal', 'small-batch'],
    medianPrice: 9,
    priceSpread: 0.4,
    consumable: true,
    goesWith: ['cookware', 'coffee'],
  },
]
