/** Texts of the section Users. */
export const texts = {
  title: 'Users',
  lead: 'What the service knows about a person, and what it would show them now.',
  find: 'User id',
  findAction: 'Show user',
  list: {
    title: 'Lately active users',
    note: 'In the last column, an event counts half after a day. So it shows who is active now.',
    sampled: 'The service has many users, so this is a sample of them.',
    empty: 'No user has events yet.',
  },
  emptyAdvice:
    'A user appears here after the first event, such as a view in the shop. For developers: the mutation recordEvent records one.',
  columns: { user: 'User', events: 'Events', today: 'Events, faded over a day' },
  unknown: (userId: string) => `Nothing is known about the user ${userId} yet`,
  unknownAdvice:
    'Events appear here as soon as they arrive. If you expected some, check the id for typing errors. The slate below is what a new user would get.',
  back: 'All users',
  version: (version: number) => `Version ${version}`,
  live: 'Live: the page follows the events of this user.',
  timeline: {
    title: 'Timeline',
    note: 'The latest events, as they arrive.',
    empty: 'No events of the last 90 days.',
    more: 'Earlier events',
    undo: 'Show again',
    undoFor: (title: string) => `Show again: ${title}`,
    columns: { time: 'Time', type: 'Event', item: 'Item', session: 'Session', attributes: 'Attributes' },
  },
  sessions: {
    title: 'Sessions',
    note: 'The visits among the events above. The features are those of the latest session that the service still knows.',
    empty: 'The service knows no session of this user now.',
    columns: { session: 'Session', from: 'From', until: 'Until', events: 'Events' },
  },
  attributes: {
    title: 'Attributes',
    empty: 'No attributes were uploaded for this user.',
    columns: { name: 'Attribute', value: 'Value' },
  },
  features: {
    title: 'Features',
    note: 'Numbers that the service has computed from the events, as models read them now.',
    empty: 'No features yet.',
    columns: { name: 'Feature', value: 'Value' },
  },
  slate: {
    title: 'Slate now',
    note: 'What the user would get at this moment. It follows each action. Choose two items to see why one is above the other. Propensity is the probability with which a random draw put the item at its position; it is 1 if nothing was drawn.',
    surface: 'Surface',
    anySurface: 'No surface',
    draws: 'With items drawn at random',
    empty: 'The slate has no items. Upload items with the mutation upsertItems, or check the rules.',
    ranked: (model: string | null, policy: string) =>
      model ? `Ranked by the model ${model}, policy ${policy}` : `Ranked by a fixed rule, policy ${policy}`,
    took: (text: string) => `made in ${text}`,
    columns: {
      compare: 'Compare',
      position: 'Position',
      item: 'Item',
      score: 'Score',
      reason: 'Reason',
      sources: 'Sources',
      propensity: 'Propensity',
      dismiss: 'Not for this user',
    },
    placements: {
      pinned: 'pinned by a rule',
      drawn: 'drawn at random',
      shuffled: 'order drawn at random',
      varied: 'above a higher score, for variety',
    },
    compare: (title: string) => `Compare ${title}`,
    dismiss: (title: string) => `Not for this user: ${title}`,
  },
  why: {
    title: (above: string, below: string) => `Why is ${above} above ${below}?`,
    by: (difference: string) => `Its score is ${difference} higher. The features below add up to this difference.`,
    moved: (difference: string, cause: string) =>
      `Its score is ${difference} lower, so the features do not explain its place. ${cause}`,
    causes: {
      pinned: 'A rule pins it to its place.',
      drawn: 'It was drawn at random for its place, to find out whether users like it.',
      shuffled: 'The order of this slate was drawn at random.',
      varied:
        'It stands higher for variety: it resembles the items above less than the other one does, or fewer people know it. “Variety” in the section Rules says how much this counts.',
    },
    causesBelow: {
      pinned: 'A rule pins the other item to its place.',
      drawn: 'The other item was drawn at random for its place.',
    },
    equal: 'Both have the same score.',
    none: 'These scores cannot be split into contributions: no model ranked the slate, or the model cannot explain its scores. Compare the sources and reasons above.',
    columns: { feature: 'Feature', difference: 'Difference', part: (item: string) => `${item}: contribution (value)` },
  },
} as const
