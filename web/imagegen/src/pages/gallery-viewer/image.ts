// What the viewer shows, wherever it comes from.

import type { GalleryImage, Generation, Task } from '../../api/contract';

/** A list of images that may be loaded in parts. Reading subscribes. */
export interface ImageSource {
  total(): number;
  at(position: number): GalleryImage | undefined;
  /** Asks for what is missing around `position`. */
  ensure(position: number): void;
}

/** The image of a finished task; undefined when it has none. */
export function imageOfTask(task: Task, generation: Generation): GalleryImage | undefined {
  const { image, imageUrl, thumbUrl } = task;
  if (!image || imageUrl === null) return undefined;
  return {
    id: image.id,
    taskId: task.taskId,
    generationId: generation.id,
    generationName: generation.name,
    promptId: generation.promptId,
    model: generation.options.model,
    prompt: task.prompt,
    variant: task.variant,
    url: imageUrl,
    thumbUrl: thumbUrl ?? imageUrl,
    mime: image.mime,
    width: image.width,
    height: image.height,
    bytes: image.bytes,
    seed: task.seed,
    starred: task.starred,
    demo: generation.options.model.startsWith('demo'),
    createdAt: task.completedAt ?? generation.createdAt,
  };
}
