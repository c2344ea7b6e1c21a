export const generation = {
  title: 'Generation',
} as const;
