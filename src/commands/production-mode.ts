// The library graphql checks each type twice unless it runs in production, and reads this when it is loaded: import this file first.
process.env.NODE_ENV ??= 'production'
