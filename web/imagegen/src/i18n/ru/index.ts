import { common } from './common';
import { diagnostics } from './diagnostics';
import { gallery } from './gallery';
import { generation } from './generation';
import { generationForm } from './generation-form';
import { generations } from './generations';
import { help } from './help';
import { parameters } from './parameters';
import { problem } from './problem';
import { prompts } from './prompts';
import { settings } from './settings';

export const ru = {
  common,
  diagnostics,
  gallery,
  generation,
  generationForm,
  generations,
  help,
  parameters,
  problem,
  prompts,
  settings,
} as const;
