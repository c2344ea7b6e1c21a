export const builder = {
  title: 'Publish',
} as const;
