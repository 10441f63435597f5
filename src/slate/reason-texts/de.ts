import type { ReasonTexts } from './en.ts'

/** German texts. They address the user formally, with “Sie”. */
export const de: ReasonTexts = {
  BECAUSE_YOU_VIEWED: 'Weil Sie sich {item} angesehen haben',
  SIMILAR_TO_THIS: 'Passt zu {item}',
  TRENDING: 'Gerade beliebt',
  TRENDING_FOR_YOU: 'Beliebt unter dem, was Sie mögen',
  TRENDING_HERE: 'Gerade auf dieser Seite beliebt',
  FAVOURITE_CATEGORY: 'Beliebt in einer Kategorie, die Sie mögen',
  FAVOURITE_BRAND: 'Beliebt von einer Marke, die Sie mögen',
  FAVOURITE: 'Beliebt unter dem, was Sie mögen',
  PEOPLE_LIKE_YOU: 'Beliebt bei Menschen wie Ihnen',
  CHOSEN_TOGETHER: 'Zusammen mit {item} gewählt',
  ALIKE: 'Ähnlich wie {item}',
  SEEN_BEFORE: 'Dafür haben Sie sich schon interessiert',
  PICKED_FOR_YOU: 'Für Sie ausgewählt',
  PICKED_BY_US: 'Unsere Auswahl',
  PINNED: 'Unsere Auswahl',
  NEW: 'Neu hier',
  EXPLORATION: 'Noch wenig bekannt',
  GIVEN: 'Für Sie sortiert',
  MORE: 'Mehr zu entdecken',
  OTHER: 'Empfohlen',
  THIS_ITEM: 'diesem',
}
