import type { FormState } from '@godwit/kit';

import type { BuilderValues, Field } from './values';

/** A part of the form gets the whole of it: fields depend on each other. */
export interface PartProps {
  form: FormState<BuilderValues>;
}

export function errorOf(form: FormState<BuilderValues>, name: Field): string | undefined {
  return form.errors.value[name];
}

export function anyWrong(form: FormState<BuilderValues>, names: readonly Field[]): boolean {
  return names.some((name) => form.errors.value[name] !== undefined);
}
