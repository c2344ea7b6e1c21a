// What the form is filled with when it opens: the defaults, and what its address asks for.

import type { Generation, GenerationRequest, Prompt, ImageModel, Settings, Status, Task, TaskResults } from '../../api/contract';
import { t } from '../../i18n';
import { emptyForm, fillForm, fitToModel, requestOfGeneration, requestOfImage, type FormDefaults, type GenerationForm } from './form';

/** As much of the server as filling needs. */
export interface FormSource {
  get<T>(path: string): Promise<T>;
}

export interface Filled {
  form: GenerationForm;
  prompts: Prompt[];
  models: ImageModel[];
  /** A sentence about where the values come from; null for a plain form. */
  note: string | null;
}

const tasksPage = 2000;

/** The task of a generation; null when it was deleted. */
async function findTask(source: FormSource, generation: Generation, taskId: string): Promise<Task | null> {
  const query = new URLSearchParams({ generationId: generation.id, taskIds: taskId });
  const { results } = await source.get<TaskResults>(`/api/task-results?${query}`);
  const result = results[taskId];
  if (!result) return null;
  // Tasks are listed by index, and deleted ones leave gaps: it stands there or a little before.
  const offset = Math.max(0, result.index - tasksPage + 1);
  const page = await source.get<{ tasks: Task[] }>(`/api/generations/${generation.id}/tasks?offset=${offset}&limit=${tasksPage}`);
  return page.tasks.find((task) => task.taskId === taskId) ?? null;
}

/** A pleasant example: twelve images, at once with the demo's pictures, which cost nothing. */
export function sampleRequest(status: Pick<Status, 'imageProvider'>, defaults: FormDefaults): Partial<GenerationRequest> {
  return {
    name: t('generationForm.sampleName'),
    prompts: t('generationForm.samplePrompts').split('\n'),
    rateLimit: status.imageProvider === 'demo' ? 3600 : defaults.rateLimit,
    imagesPerVariant: 1,
  };
}

export function defaultsOf(status: Pick<Status, 'defaultModel'>, settings: Settings): FormDefaults {
  return { rateLimit: settings.broker.defaultRateLimit, retries: settings.broker.retries, model: status.defaultModel };
}

/** Loads what the form needs. `query` may have `generation` and `task`, `prompt`, or `sample`. */
export async function loadForm(source: FormSource, query: URLSearchParams): Promise<Filled> {
  const [status, settings, { prompts }, { models }] = await Promise.all([
    source.get<Status>('/api/status'),
    source.get<Settings>('/api/settings'),
    source.get<{ prompts: Prompt[] }>('/api/prompts'),
    source.get<{ models: ImageModel[] }>('/api/models'),
  ]);
  const defaults = defaultsOf(status, settings);
  const blank: GenerationForm = { ...emptyForm(defaults), source: prompts.length > 0 ? 'saved' : 'inline' };

  const ready = (request: Partial<GenerationRequest>, note: string | null): Filled => {
    const filled = fillForm(blank, request);
    // A prompt or model that is gone cannot be chosen: the reader chooses another.
    const known = filled.source !== 'saved' || prompts.some((prompt) => prompt.id === filled.promptId);
    const offered = models.some((model) => model.id === filled.model) ? filled.model : defaults.model;
    const form = { ...filled, promptId: known ? filled.promptId : '', model: offered };
    return { form: fitToModel(form, models.find((model) => model.id === offered)), prompts, models, note };
  };

  const generationId = query.get('generation');
  const taskId = query.get('task');
  if (generationId) {
    const generation = await source.get<Generation>(`/api/generations/${encodeURIComponent(generationId)}`);
    const task = taskId ? await findTask(source, generation, taskId) : null;
    if (task) return ready(requestOfImage(generation, task), t('generationForm.fromImage', { name: generation.name }));
    // Its prompt may have been deleted since: its own copies stand in.
    const request = requestOfGeneration(generation);
    const gone = request.promptId !== undefined && !prompts.some((prompt) => prompt.id === request.promptId);
    const { promptId: _, ...rest } = request;
    return ready(gone ? { ...rest, prompts: generation.prompts } : request, t('generationForm.fromGeneration', { name: generation.name }));
  }
  const promptId = query.get('prompt');
  if (promptId) {
    const prompt = prompts.find(({ id }) => id === promptId);
    return ready({ promptId, name: prompt?.name ?? '' }, null);
  }
  if (query.get('sample')) return ready(sampleRequest(status, defaults), t('generationForm.sampleFilled'));
  return ready({}, null);
}
