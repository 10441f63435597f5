export { LiverankProvider, useLiverank } from './liverank-provider.ts'
export { type HoldProps, type Recommendations, useRecommendations } from './use-recommendations.ts'
export { type Track, type TrackOptions, useTrack } from './use-track.ts'
