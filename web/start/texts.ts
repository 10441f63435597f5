/** All texts of the start page. */
export const texts = {
  title: 'Recommendations that follow every tap',
  sentence:
    'Liverank runs on this machine: it records what people do in a shop or app, and within milliseconds ranks the items anew for each of them.',
  theme: { system: 'Theme: as on this device', light: 'Theme: light', dark: 'Theme: dark' },
  goTo: 'Go to',
  alive: {
    title: 'In the last minute',
    loading: 'The figures of the service are being loaded',
    running: 'Running',
    since: 'since',
    unreachable: 'The service does not answer',
    unreachableMore:
      'This page tries again every second, and the figures below are the last ones. Look at the terminal in which the service was started.',
    signIn: 'The service is running',
    signInMore: 'It shows its figures only to people who sign in.',
    failed: 'The figures cannot be read',
    events: 'events recorded a second, on average',
    slates: 'slates made a second, on average',
    subscribers: 'screens kept up to date now',
    recommendation: 'to make a slate (median)',
    none: 'none yet',
    line: 'of the last minute',
    store: { EMBEDDED: 'data in the memory and files of one process', REDIS: 'data in Redis' },
  },
  links: {
    shop: { title: 'Demo shop', more: 'Look at items, put some into the cart, and watch “For you” change while you do.' },
    console: { title: 'Console', more: 'Look up users, items, features and models. Set rules, and see what a policy brought.' },
    documents: {
      title: 'Documents',
      more: 'Guides, reference and concepts: how to send events, get slates, and run the service.',
    },
    graphiql: {
      title: 'API',
      more: 'Try GraphQL queries in the browser. The icon of a book opens the documentation of every field.',
    },
  },
} as const
