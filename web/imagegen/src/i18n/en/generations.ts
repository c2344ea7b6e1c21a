export const generations = {
  title: 'Generations',
} as const;
