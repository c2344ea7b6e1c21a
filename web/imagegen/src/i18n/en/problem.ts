export const problem = {
  title: 'Problem',
} as const;
