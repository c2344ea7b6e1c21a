// A form's values, its errors by field and whether anything is unsaved, as signals.

import { batch, computed, signal, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import { problemOf, type ProblemLike } from '../../core/api';
import type { LeaveGuard } from '../../core/router';
import { texts } from '../../texts';
import { confirm } from '../overlay/dialog';
import { toastError } from '../overlay/toast';

export type FieldErrors = Readonly<Record<string, string | undefined>>;

export interface FieldBinding<T> {
  name: string;
  value: T;
  error: string | undefined;
  onChange: (value: T) => void;
  onBlur: () => void;
}

export interface FormOptions<V extends object> {
  initial: V;
  /** What is wrong with the values, by field. Shown for fields that were left, and for all at submit. */
  validate?: (values: V) => FieldErrors;
  /** Throws an ApiError to show its problem: at its field, or as a toast. May return the values as
   *  they are now saved, when the server says them differently. */
  submit: (values: V) => Promise<V | void>;
  describe?: (problem: ProblemLike) => string;
}

export class FormState<V extends object> {
  readonly values;
  readonly dirty: ReadonlySignal<boolean>;
  readonly errors: ReadonlySignal<FieldErrors>;
  readonly busy = signal(false);
  private readonly saved;
  private readonly touched = signal<ReadonlySet<string>>(new Set());
  private readonly told = signal<FieldErrors>({}); // by the server

  constructor(private options: FormOptions<V>) {
    this.values = signal<V>(options.initial);
    this.saved = signal<V>(options.initial);
    this.dirty = computed(() => JSON.stringify(this.values.value) !== JSON.stringify(this.saved.value));
    this.errors = computed(() => {
      const found = this.options.validate?.(this.values.value) ?? {};
      const shown: Record<string, string | undefined> = {};
      for (const [name, error] of Object.entries(found)) {
        if (error !== undefined && (this.touched.value.has(name) || this.touched.value.has('*'))) shown[name] = error;
      }
      return { ...shown, ...this.told.value };
    });
  }

  /** The latest rendering's functions; they may close over its texts and properties. */
  update(options: FormOptions<V>): void {
    this.options = options;
  }

  set<K extends keyof V & string>(name: K, value: V[K]): void {
    batch(() => {
      this.values.value = { ...this.values.peek(), [name]: value };
      if (this.told.peek()[name] !== undefined) this.told.value = { ...this.told.peek(), [name]: undefined };
    });
  }

  /** For spreading into an input: `<TextInput label=... {...form.field('name')} />`. */
  field<K extends keyof V & string>(name: K): FieldBinding<V[K]> {
    return {
      name,
      value: this.values.value[name],
      error: this.errors.value[name],
      onChange: (value) => this.set(name, value),
      onBlur: () => {
        if (!this.touched.peek().has(name)) this.touched.value = new Set([...this.touched.peek(), name]);
      },
    };
  }

  /** Takes values as saved: nothing is unsaved, nothing is wrong. */
  reset(values: V = this.saved.peek()): void {
    batch(() => {
      this.values.value = values;
      this.saved.value = values;
      this.touched.value = new Set();
      this.told.value = {};
    });
  }

  /** Validates and submits; true when it went well. Focuses the first field that is wrong. */
  async submit(): Promise<boolean> {
    if (this.busy.peek()) return false;
    this.touched.value = new Set(['*']);
    const found = Object.entries(this.options.validate?.(this.values.peek()) ?? {}).filter(([, error]) => error !== undefined);
    if (found.length > 0) {
      focusFirstInvalid();
      return false;
    }
    this.busy.value = true;
    const submitted = this.values.peek();
    try {
      const saved = await this.options.submit(submitted);
      // What was written while it was being saved stays, and is unsaved.
      const untouched = this.values.peek() === submitted;
      batch(() => {
        this.saved.value = saved ?? submitted;
        if (untouched) this.values.value = saved ?? submitted;
        this.touched.value = new Set();
        this.told.value = {};
      });
      return true;
    } catch (error) {
      const problem = problemOf(error);
      const sentence = this.options.describe?.(problem) ?? problem.message;
      if (problem.field !== undefined) {
        this.told.value = { ...this.told.peek(), [problem.field]: sentence };
        if (document.querySelector(`[data-field="${CSS.escape(problem.field)}"]`)) {
          focusFirstInvalid();
          return false;
        }
      }
      toastError(sentence);
      return false;
    } finally {
      this.busy.value = false;
    }
  }
}

/** Brings the reader to the first field with an error, once it is drawn. */
function focusFirstInvalid(): void {
  const find = (): HTMLElement | null => document.querySelector('[aria-invalid="true"]');
  requestAnimationFrame(() => {
    find()?.focus();
    find()?.scrollIntoView({ block: 'center' });
  });
}

export function useForm<V extends object>(options: FormOptions<V>): FormState<V> {
  // The state lives as long as the component; its functions are those of the latest rendering.
  const form = useMemo(() => new FormState(options), []);
  form.update(options);
  return form;
}

export function Form<V extends object>({ form, children, label }: { form: FormState<V>; children: ComponentChildren; label?: string }): JSX.Element {
  return (
    <form
      class="form"
      noValidate
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        void form.submit();
      }}
    >
      {children}
    </form>
  );
}

/** Asks before unsaved changes are lost: by a link, the back button, or by closing the tab. */
export function useLeaveGuard(router: { guard: (check: LeaveGuard) => () => void }, dirty: ReadonlySignal<boolean>): void {
  useEffect(() => {
    const onClose = (event: BeforeUnloadEvent): void => {
      if (dirty.peek()) event.preventDefault();
    };
    addEventListener('beforeunload', onClose);
    const release = router.guard(() => !dirty.peek() || confirmLeave());
    return () => {
      removeEventListener('beforeunload', onClose);
      release();
    };
  }, [router, dirty]);
}

/** The question itself, for places that change without a route. */
export function confirmLeave(): Promise<boolean> {
  return confirm({
    title: texts('kit.unsavedTitle'),
    text: texts('kit.unsavedText'),
    action: texts('kit.unsavedLeave'),
    cancel: texts('kit.unsavedStay'),
    danger: true,
  });
}
