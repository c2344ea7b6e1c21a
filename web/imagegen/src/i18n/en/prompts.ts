export const prompts = {
  title: 'Prompts',
} as const;
